// SPDX-License-Identifier: Apache-2.0
// Certificates as people paste them: what is still read, and how the errors name the rest.
#include "support/check.h"

#include "infrastate/types/pem.h"

#include <string>

namespace infrastate {
namespace {

using test::must_contain;

const std::string begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----";
const std::string inside = "MIIB" + std::string(200, 'A');

class TypesPemTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TypesPemTest);
    CPPUNIT_TEST(escaped_line_breaks_are_line_breaks_where_there_are_no_others);
    CPPUNIT_TEST(what_stands_there_instead_is_named);
    CPPUNIT_TEST_SUITE_END();

public:
    void escaped_line_breaks_are_line_breaks_where_there_are_no_others() {
        const std::string real = begin + "\n" + inside + "\n" + end + "\n";
        CPPUNIT_ASSERT_EQUAL(real, with_line_breaks(begin + "\\n" + inside + "\\n" + end + "\\n"));
        CPPUNIT_ASSERT_EQUAL(
            real, with_line_breaks(begin + "\\r\\n" + inside + "\\r\\n" + end + "\\r\\n"));
        for (const std::string& other :
             {real, begin + "\n\\n" + end, std::string("C:\\new"), std::string(), begin})
            CPPUNIT_ASSERT_EQUAL(other, with_line_breaks(other));
    }

    void what_stands_there_instead_is_named() {
        struct Row {
            std::string text;
            const char* words;
        };
        for (const Row& row : {
                 Row{"\x30\x82\x01\x02\x03", "DER form"},
                 Row{"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", "PEM text in base64"},
                 Row{"\n" + inside + "\n", "the inside of a certificate"},
                 Row{"/etc/ssl/ca.pem", "server_certificate_file"},
                 Row{"./ca.pem", "server_certificate_file"},
                 Row{"~/ca.pem", "server_certificate_file"},
                 Row{begin + " " + inside + " " + end, "line breaks are lost"},
                 Row{"", "holds no certificate in PEM form"},
                 Row{"something", "holds no certificate in PEM form"},
                 Row{"/is\nno path", "holds no certificate in PEM form"},
                 Row{"MII", "holds no certificate in PEM form"},
             }) {
            must_contain(what_instead_of_pem(row.text), row.words, row.text);
            if (row.text.size() > 8)
                CPPUNIT_ASSERT(what_instead_of_pem(row.text).find(row.text) == std::string::npos);
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TypesPemTest);

} // namespace
} // namespace infrastate
