// SPDX-License-Identifier: Apache-2.0
#include "infrastate/types/descriptor.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cerrno>
#include <fcntl.h>
#include <type_traits>
#include <unistd.h>

namespace infrastate {
namespace {

static_assert(!std::is_copy_constructible_v<Descriptor> && !std::is_copy_assignable_v<Descriptor>);

int opened() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}
bool is_open(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

class DescriptorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DescriptorTest);
    CPPUNIT_TEST(closes_what_it_holds_when_it_goes);
    CPPUNIT_TEST(a_move_leaves_nothing_behind);
    CPPUNIT_TEST(an_assignment_closes_what_was_held);
    CPPUNIT_TEST(a_released_descriptor_stays_open);
    CPPUNIT_TEST(closing_says_whether_it_went_well);
    CPPUNIT_TEST_SUITE_END();

    void closes_what_it_holds_when_it_goes() {
        const int raw = opened();
        { const Descriptor held(raw); }
        CPPUNIT_ASSERT(!is_open(raw));
    }

    void a_move_leaves_nothing_behind() {
        Descriptor from(opened());
        const int raw = from.get();
        Descriptor to(std::move(from));
        CPPUNIT_ASSERT_EQUAL(raw, to.get());
        CPPUNIT_ASSERT(!from.is_open()); // the promise includes what a move leaves
        Descriptor& self = to;
        to = std::move(self);
        CPPUNIT_ASSERT(is_open(raw));
    }

    void an_assignment_closes_what_was_held() {
        Descriptor held(opened());
        const int old = held.get();
        const int next = opened();
        held = Descriptor(next);
        CPPUNIT_ASSERT(!is_open(old));
        CPPUNIT_ASSERT(is_open(next));
    }

    void a_released_descriptor_stays_open() {
        int raw = -1;
        {
            Descriptor held(opened());
            raw = held.release();
            CPPUNIT_ASSERT(!held.is_open());
        }
        CPPUNIT_ASSERT(is_open(raw));
        ::close(raw);
    }

    void closing_says_whether_it_went_well() {
        Descriptor none;
        CPPUNIT_ASSERT(none.close());
        const int raw = opened();
        Descriptor held(raw);
        ::close(raw); // somebody else closed it
        errno = 0;
        CPPUNIT_ASSERT(!held.close());
        CPPUNIT_ASSERT_EQUAL(EBADF, errno);
        CPPUNIT_ASSERT(!held.is_open());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DescriptorTest);

} // namespace
} // namespace infrastate
