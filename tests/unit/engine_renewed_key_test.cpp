// SPDX-License-Identifier: Apache-2.0
// When access_key_file is read again, and when not.
#include "../../src/engine/renewed_key.h"
#include "scripted_sender.h"
#include "support/check.h"
#include "support/temp_folder.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

namespace infrastate {
namespace {

using engine::When;
using test::must;
using test::must_fail;
using test::ScriptedSender;

const std::string old_key = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb";
const std::string new_key = "cccccccccc.dddddddddddddddddddddddd";

class EngineRenewedKeyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EngineRenewedKeyTest);
    CPPUNIT_TEST(a_file_that_has_changed_is_read_and_no_other);
    CPPUNIT_TEST(what_cannot_be_used_leaves_the_key_and_is_tried_again);
    CPPUNIT_TEST(a_refused_key_is_looked_for_once);
    CPPUNIT_TEST(a_key_that_was_accepted_is_not_looked_for_in_the_middle);
    CPPUNIT_TEST(refusals_of_other_keys_are_no_reason);
    CPPUNIT_TEST_SUITE_END();

    std::optional<test::TempFolder> folder_;
    std::string file_;

public:
    void setUp() override {
        file_ = folder_.emplace() / "key";
        write(old_key);
    }
    void tearDown() override { folder_.reset(); }

    void write(const std::string& text) const { std::ofstream(file_) << text; }

    /// Writes another text, without a change of the file that can be seen from outside.
    void write_unseen(const std::string& text) const {
        const auto before = std::filesystem::last_write_time(file_);
        CPPUNIT_ASSERT_EQUAL(std::filesystem::file_size(file_), std::uintmax_t{text.size()});
        write(text);
        std::filesystem::last_write_time(file_, before);
    }

    engine::Config config() const {
        return must(engine::read_config(
            Value::object({{"host", "https://infra.example.com"}, {"access_key_file", file_}})));
    }

    void a_file_that_has_changed_is_read_and_no_other() {
        auto at = config();
        CPPUNIT_ASSERT(!must(engine::renew_key(at, When::file_changed)));
        write_unseen(new_key);
        CPPUNIT_ASSERT(!must(engine::renew_key(at, When::file_changed)));
        CPPUNIT_ASSERT(at.token.equals(old_key));
        CPPUNIT_ASSERT(must(engine::renew_key(at, When::always)));
        CPPUNIT_ASSERT(at.token.equals(new_key));
        // It is noticed by its size, its time, or another file in its place.
        write(old_key + "\n");
        CPPUNIT_ASSERT(must(engine::renew_key(at, When::file_changed)));
        CPPUNIT_ASSERT(at.token.equals(old_key));
        write_unseen(new_key + "\n");
        std::filesystem::last_write_time(file_, std::filesystem::last_write_time(file_) +
                                                    std::chrono::nanoseconds(1000));
        CPPUNIT_ASSERT(must(engine::renew_key(at, When::file_changed)));
        const auto time = std::filesystem::last_write_time(file_);
        std::ofstream(file_ + ".new") << old_key << "\n";
        std::filesystem::last_write_time(file_ + ".new", time);
        std::filesystem::rename(file_ + ".new", file_);
        CPPUNIT_ASSERT(must(engine::renew_key(at, When::file_changed)));
        // The same key does not count as new, and is not read twice.
        write(old_key + "\n\n");
        CPPUNIT_ASSERT(!must(engine::renew_key(at, When::file_changed)));
        write_unseen(new_key + "\n\n");
        CPPUNIT_ASSERT(!must(engine::renew_key(at, When::file_changed)));
        // A key that was given directly, or a user who logs in, has no file.
        auto other = must(engine::read_config(
            Value::object({{"host", "https://infra.example.com"}, {"access_key", old_key}})));
        CPPUNIT_ASSERT(!must(engine::renew_key(other, When::always)));
    }

    void what_cannot_be_used_leaves_the_key_and_is_tried_again() {
        auto at = config();
        for (const char* wrong : {"", "half a k"}) {
            write(wrong);
            for (int round = 0; round < 2; ++round) {
                CPPUNIT_ASSERT_EQUAL(std::string("access_key_file"),
                                     must_fail(engine::renew_key(at, When::file_changed)).field);
                CPPUNIT_ASSERT(at.token.equals(old_key));
            }
        }
        std::filesystem::remove(file_);
        CPPUNIT_ASSERT(must_fail(engine::renew_key(at, When::file_changed)).code == Code::file);
        write(new_key);
        CPPUNIT_ASSERT(must(engine::renew_key(at, When::file_changed)));
        CPPUNIT_ASSERT(at.token.equals(new_key));
    }

    static transport::Request request(const Secret* bearer) {
        transport::Request out;
        out.target = "/api/users/self";
        out.bearer = bearer;
        return out;
    }

    static transport::Deadline no_hurry() {
        return transport::Deadline::after(std::chrono::seconds(30));
    }

    /// The statuses of answers to requests with the key of the file; `sender` has the keys that
    /// were sent.
    std::string statuses(ScriptedSender& sender, engine::Config& at, int count,
                         int& renewed) const {
        engine::RenewingSender renewing(sender, at, [&] { ++renewed; });
        std::string out;
        for (int i = 0; i < count; ++i) {
            const auto answer = renewing.send(request(&at.token), no_hurry());
            out += answer ? std::to_string(answer->status) + " " : "lost ";
        }
        return out;
    }

    static std::string bearers(const ScriptedSender& sender) {
        std::string out;
        for (const auto& seen : sender.seen)
            out += seen.bearer.substr(0, 1);
        return out;
    }

    void a_refused_key_is_looked_for_once() {
        auto at = config();
        write_unseen(new_key);
        int renewed = 0;
        ScriptedSender sender;
        sender.answer(401, "").answer(200, "").answer(401, "");
        CPPUNIT_ASSERT_EQUAL(std::string("200 401 "), statuses(sender, at, 2, renewed));
        CPPUNIT_ASSERT_EQUAL(std::string("acc"), bearers(sender));
        CPPUNIT_ASSERT_EQUAL(1, renewed);
        // The file has the same key: the refusal is reported.
        ScriptedSender refusing;
        refusing.answer(401, "").answer(401, "");
        CPPUNIT_ASSERT_EQUAL(std::string("401 401 "), statuses(refusing, at, 2, renewed));
        CPPUNIT_ASSERT_EQUAL(1, renewed);
        // It cannot be read: the refusal is reported, too.
        std::filesystem::remove(file_);
        ScriptedSender without;
        without.answer(401, "");
        CPPUNIT_ASSERT_EQUAL(std::string("401 "), statuses(without, at, 1, renewed));
        CPPUNIT_ASSERT_EQUAL(1, renewed);
        // The new key is refused as well.
        write(old_key);
        ScriptedSender twice;
        twice.answer(401, "").answer(401, "");
        CPPUNIT_ASSERT_EQUAL(std::string("401 "), statuses(twice, at, 1, renewed));
        CPPUNIT_ASSERT_EQUAL(2, renewed);
    }

    void a_key_that_was_accepted_is_not_looked_for_in_the_middle() {
        auto at = config();
        int renewed = 0;
        for (const int status : {200, 403, 404, 500}) {
            write_unseen(new_key);
            ScriptedSender sender;
            sender.answer(status, "").answer(401, "");
            CPPUNIT_ASSERT_EQUAL(std::to_string(status) + " 401 ",
                                 statuses(sender, at, 2, renewed));
            CPPUNIT_ASSERT_EQUAL(std::string("aa"), bearers(sender));
        }
        CPPUNIT_ASSERT_EQUAL(0, renewed);
        // A missing answer tells nothing about the key.
        ScriptedSender lost;
        lost.lost(false).answer(401, "").answer(200, "");
        CPPUNIT_ASSERT_EQUAL(std::string("lost 200 "), statuses(lost, at, 2, renewed));
        CPPUNIT_ASSERT_EQUAL(1, renewed);
    }

    void refusals_of_other_keys_are_no_reason() {
        auto at = config();
        write_unseen(new_key);
        int renewed = 0;
        ScriptedSender sender;
        sender.answer(401, "").answer(401, "").answer(401, "").answer(200, "");
        engine::RenewingSender renewing(sender, at, [&] { ++renewed; });
        const Secret other(old_key);
        CPPUNIT_ASSERT_EQUAL(401, must(renewing.send(request(&other), no_hurry())).status);
        CPPUNIT_ASSERT_EQUAL(401, must(renewing.send(request(nullptr), no_hurry())).status);
        CPPUNIT_ASSERT_EQUAL(0, renewed);
        CPPUNIT_ASSERT_EQUAL(200, must(renewing.send(request(&at.token), no_hurry())).status);
        CPPUNIT_ASSERT_EQUAL(1, renewed);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EngineRenewedKeyTest);

} // namespace
} // namespace infrastate
