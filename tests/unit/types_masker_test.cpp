// SPDX-License-Identifier: Apache-2.0
// How secrets in free text are masked. Linear is tested by counting steps, never by time.
#include "support/check.h"

#include "infrastate/types/masker.h"
#include "infrastate/types/text.h"

#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace infrastate {
namespace {

using test::must_not_contain;

const std::string token = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb";

std::string masked(std::string_view text, std::initializer_list<std::string_view> secrets) {
    Masker masker;
    for (std::string_view secret : secrets)
        masker.add(secret);
    return masker.mask(text, "WHOLE");
}

struct Row {
    std::string text;
    std::vector<std::string_view> secrets;
    std::string expected;
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        Masker masker;
        for (std::string_view secret : row.secrets)
            masker.add(secret);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.expected, masker.mask(row.text, "WHOLE"));
    }
}

class MaskerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MaskerTest);
    CPPUNIT_TEST(a_secret_in_a_text_and_as_a_text);
    CPPUNIT_TEST(a_secret_that_is_in_the_mark_ends);
    CPPUNIT_TEST(what_overlaps_is_masked_whole);
    CPPUNIT_TEST(a_short_secret_does_not_shred_a_sentence);
    CPPUNIT_TEST(a_secret_that_a_shortened_text_cuts_off_is_masked);
    CPPUNIT_TEST(a_secret_is_found_in_every_spelling);
    CPPUNIT_TEST(an_escape_that_is_cut_off_hides_nothing);
    CPPUNIT_TEST(a_secret_that_looks_like_an_escape_is_found_as_it_is);
    CPPUNIT_TEST(a_secret_of_several_lines_is_masked_by_line);
    CPPUNIT_TEST(passwords_of_urls);
    CPPUNIT_TEST(what_a_proxy_is_sent_of_a_url);
    CPPUNIT_TEST(names_lose_access_keys_only);
    CPPUNIT_TEST(masking_twice_changes_nothing);
    CPPUNIT_TEST(a_long_text_and_many_secrets_take_steps_in_proportion);
    CPPUNIT_TEST(texts_made_to_be_slow_are_not);
    CPPUNIT_TEST(secrets_that_come_one_by_one_are_all_found);
    CPPUNIT_TEST(a_masker_knows_what_the_one_it_stands_on_knows);
    CPPUNIT_TEST(texts_that_need_no_search_are_masked_as_if_searched);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_secret_in_a_text_and_as_a_text() {
        check({{"", {"", token}, ""},
               {"plain", {"", token}, "plain"},
               {token, {token}, "WHOLE"},
               {"x" + token + "y", {token}, "x********y"},
               {token + token, {token}, "********"},
               {"größer als ßüö!", {"ßüö!"}, "größer als ********"}});
    }

    void a_secret_that_is_in_the_mark_ends() {
        check({{"user a****b", {"****"}, "user a********b"},
               {"user a****b", {"****", "*", "**", "***", "********"}, "user a********b"},
               {"-abc*-abc", {"*", "abc*", "abc"}, "-********-********"},
               {"abcd and ****", {"abcd", "****", "*abc"}, "******** and ********"},
               {"*********", {"********"}, "********"},
               {"****", {"****"}, "WHOLE"}});
    }

    void what_overlaps_is_masked_whole() {
        check({{"<abcdef>", {"abcd", "cdef"}, "<********>"},
               {"<abcdefgh>", {"cdef", "abcdefgh"}, "<********>"},
               {"<abcdefgh>", {"abcdefgx", "cdef"}, "<ab********gh>"},
               {"password1234 and password", {"password", "password1234"}, "******** and ********"},
               {"<aaaaaaa>", {"aaaa"}, "<********>"},
               {"<abcdabcx>", {"abcdabcy", "dabcx"}, "<abc********>"}});
    }

    void a_short_secret_does_not_shred_a_sentence() {
        const std::string sentence = "a key, made: 1 of 2, is a good one";
        for (std::string_view secret : {"", "a", " ", "e", ".", ",", "1", "\n", "ö", "\xff"})
            CPPUNIT_ASSERT_EQUAL(sentence, masked(sentence, {secret}));
        check({{"that is said of discs", {"is"}, "that ******** said of discs"},
               {"it said 'abc', not abcd", {"abc"}, "it said '********', not abcd"},
               {"es ist öä, nicht böäd", {"öä"}, "es ist ********, nicht böäd"},
               {"abcd", {"abc"}, "abcd"},
               {"a", {"a"}, "WHOLE"}});
    }

    void a_secret_that_a_shortened_text_cuts_off_is_masked() {
        for (std::size_t shown = 4; shown < token.size(); ++shown)
            for (const std::string more : {"...", "\xE2\x80\xA6"})
                CPPUNIT_ASSERT_EQUAL(
                    "it begins with \"Bearer ********" + more + "\"",
                    masked("it begins with \"Bearer " + token.substr(0, shown) + more + "\"",
                           {token}));
        check({{"aaa... and so on", {token}, "aaa... and so on"},
               {"it said ab...cd...", {"ab...cdefg"}, "it said ********..."},
               {"it said xyzabcd...", {"xyzabcdefg", "abcdefgh"}, "it said ********..."}});
        // Cut, as messages are.
        const std::string cut = printable("it said " + token + " twice", 20);
        CPPUNIT_ASSERT_EQUAL(std::string("it said ********..."), masked(cut, {token}));
    }

    void a_secret_is_found_in_every_spelling() {
        const std::string secret = "pä ss+\"w/rd\\&<%41>";
        for (const std::string spelled :
             {R"(pä ss+\"w/rd\\&<%41>)", R"(p\u00e4 ss+\"w\/rd\\\u0026\u003c%41\u003e)",
              R"(p\u00E4\u0020ss\u002B\u0022w/rd\u005C&<%41>)",
              "p%C3%A4%20ss%2B%22w%2Frd%5C%26%3C%2541%3E", "p%c3%a4+ss%2b%22w/rd%5c&%3c%2541%3e",
              "p%C3%A4%20ss+%22w/rd%5C&%3C%2541%3E", "pä ss+&quot;w/rd\\&amp;&lt;%41&gt;",
              "p&#228; ss+&#34;w/rd\\&#x26;&lt;%41&gt;", R"(p\\u00e4 ss+\\\"w/rd\\\\&<%41>)"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(spelled, std::string("no \"********\"!"),
                                         masked("no \"" + spelled + "\"!", {secret}));
        check({{"it said key 1 f!", {"key\t1\nf!"}, "it said ********"},
               {R"(it said "\ud83d\udd11-\uD83D\uDD11")",
                {"\xF0\x9F\x94\x91-\xF0\x9F\x94\x91"},
                R"(it said "********")"}});
    }

    void an_escape_that_is_cut_off_hides_nothing() {
        for (const std::string cut : {"%", "%2", "\\", "\\u", "\\u00", "\\x2", "&am", "&#3"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(cut, std::string("it said ********..."),
                                         masked("it said secret" + cut + "...", {"secret\"word"}));
    }

    void a_secret_that_looks_like_an_escape_is_found_as_it_is() {
        check({{"it said 100%41!", {"100%41"}, "it said ********!"},
               {"it said 100%2541!", {"100%41"}, "it said ********!"},
               {R"(it said a\nbc!)", {R"(a\nbc)"}, "it said ********!"},
               {"100% of a+b & c\\d", {token}, "100% of a+b & c\\d"}});
    }

    void a_secret_of_several_lines_is_masked_by_line() {
        const std::string key = "-----BEGIN PRIVATE KEY-----\nMIIBVQIBADANBgkqhkiG9w0\nAQEF\n"
                                "-----END PRIVATE KEY-----\n";
        check({{"it said " + key, {key}, "it said ********"},
               {"it said MIIBVQIBADANBgkqhkiG9w0!", {key}, "it said ********!"},
               {"a -----BEGIN PRIVATE KEY----- stands there",
                {key},
                "a -----BEGIN PRIVATE KEY----- stands there"},
               {"cannot read " + printable(key, 999), {key}, "cannot read ********"},
               {"it said abcdefgh.", {" abcdefgh\n"}, "it said ********."}});
    }

    void passwords_of_urls() {
        Masker masker;
        masker.add_password_of("http://me:pa%40ss-word@proxy:3128/x");
        masker.add_password_of("me:with?mark@proxy");
        masker.add_password_of("http://me:with/slash@proxy");
        masker.add_password_of("http://proxy:3128");
        masker.add_password_of("");
        CPPUNIT_ASSERT_EQUAL(
            std::string("http://me:********@proxy:3128 ******** ******** ********"),
            masker.mask("http://me:pa%40ss-word@proxy:3128 pa@ss-word with?mark with/slash"));
    }

    /// As in the header Proxy-Authorization, whoever quotes it.
    void what_a_proxy_is_sent_of_a_url() {
        struct Line {
            std::string url, sent; ///< the base64 of user and password
        };
        for (const Line& line :
             {Line{"http://me:pass-word@proxy:3128", "bWU6cGFzcy13b3Jk"},
              Line{"me:pass-word1@proxy", "bWU6cGFzcy13b3JkMQ=="},
              Line{"http://me:pa%40ss-wor@proxy/x", "bWU6cGFAc3Mtd29y"},
              Line{"http://:pass-word@proxy", "OnBhc3Mtd29yZA=="},
              Line{"http://me:pass@word@proxy", "bWU6cGFzc0B3b3Jk"},
              Line{"http://me:pass?word@proxy", "bWU6cGFzcz93b3Jk"},
              Line{"http://m%65:p%C3%A4ss%3A%3E%3E@proxy", "bWU6cMOkc3M6Pj4="}}) {
            Masker masker;
            masker.add_password_of(line.url);
            const std::string bare = line.sent.substr(0, line.sent.find('='));
            const std::string tail = line.sent.substr(bare.size());
            for (const std::string& said :
                 {"Proxy-Authorization: Basic " + line.sent + "\r\n", "[" + bare + "]",
                  "%22Basic%20" + bare + "%3D", "it said " + bare.substr(0, 8) + "..."})
                CPPUNIT_ASSERT_MESSAGE(line.url + ": " + masker.mask(said),
                                       masker.mask(said).find(bare.substr(0, 8)) ==
                                           std::string::npos);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(line.url, std::string("Basic ********"),
                                         masker.mask("Basic " + line.sent));
        }
        // Without a password there is nothing to mask.
        Masker masker;
        masker.add_password_of("http://me@proxy");
        masker.add_password_of("http://me:@proxy");
        for (std::string_view text : {"me", "me:", "bWU=", "bWU6", "http://me:@proxy"})
            CPPUNIT_ASSERT_EQUAL(std::string(text), masker.mask(text));
    }

    void a_masker_knows_what_the_one_it_stands_on_knows() {
        const auto base = std::make_shared<Masker>();
        base->add("in the base");
        base->add("e"); // as a whole value only
        base->add(token);
        Masker masker(base), other(base);
        masker.add("of the call");
        masker.add("in the base"); // twice
        CPPUNIT_ASSERT(masker.stands_on(*base));
        CPPUNIT_ASSERT_EQUAL(std::string("a ******** b ******** c"),
                             masker.mask("a in the base b of the call c"));
        CPPUNIT_ASSERT_EQUAL(std::string("one: ********."),
                             masker.mask("one: in the baseof the call."));
        CPPUNIT_ASSERT_EQUAL(std::string("%2B ********"), masker.mask("%2B in%20the+base"));
        CPPUNIT_ASSERT_EQUAL(std::string("********"), masker.mask("e"));
        CPPUNIT_ASSERT_EQUAL(std::string("x-********"), masker.mask_keys("x-" + token));
        CPPUNIT_ASSERT_EQUAL(std::string("of the call ********"),
                             other.mask("of the call in the base"));
        CPPUNIT_ASSERT_EQUAL(std::string("of the call"), base->mask("of the call"));
    }

    void names_lose_access_keys_only() {
        Masker masker;
        for (std::string_view secret : {std::string_view("connector"), std::string_view(token)})
            masker.add(secret);
        CPPUNIT_ASSERT_EQUAL(std::string("connector"), masker.mask_keys("connector"));
        CPPUNIT_ASSERT_EQUAL(std::string("my-connector"), masker.mask_keys("my-connector"));
        CPPUNIT_ASSERT_EQUAL(std::string("x-********-y"), masker.mask_keys("x-" + token + "-y"));
        CPPUNIT_ASSERT_EQUAL(std::string("WHOLE"), masker.mask_keys(token, "WHOLE"));
    }

    void masking_twice_changes_nothing() {
        for (std::string_view secret :
             {"****", "********", "*", "ab*", "*ab", "***********", "**"}) {
            Masker masker;
            masker.add(secret);
            masker.add("abcd");
            const std::string once = masker.mask("x abcd ab* *ab **** y abcdabcd");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(secret), once, masker.mask(once));
        }
    }

    void a_long_text_and_many_secrets_take_steps_in_proportion() {
        constexpr std::size_t size = std::size_t{1} << 20, count = 1000;
        Masker masker;
        std::string text;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string number = std::to_string(i * 7919 % count + 100000);
            masker.add("key" + number + ".bbbbbbbbbbbbbbbbbbbbbb" + number);
        }
        while (text.size() < size)
            text += "key" + std::to_string(100000 + text.size() % 1000) + ".bbbbbbbbbbb and ";
        CPPUNIT_ASSERT_EQUAL(text, masker.mask(text));
        // A state may have a child for each of ten digits.
        CPPUNIT_ASSERT(masker.steps() >= text.size());
        CPPUNIT_ASSERT(masker.steps() < 20 * text.size());
        const std::string hit = masker.mask("say key100007.bbbbbbbbbbbbbbbbbbbbbb100007 no more");
        CPPUNIT_ASSERT_EQUAL(std::string("say ******** no more"), hit);
    }

    void texts_made_to_be_slow_are_not() {
        constexpr std::size_t size = std::size_t{1} << 20;
        Masker masker;
        for (std::size_t i = 1; i <= 1000; ++i)
            masker.add(std::string(i + 3, 'a') + "b");
        const std::string text(size, 'a');
        CPPUNIT_ASSERT_EQUAL(text, masker.mask(text));
        CPPUNIT_ASSERT(masker.steps() < 8 * size);
        const std::string dots(size, '.');
        CPPUNIT_ASSERT_EQUAL(dots, masker.mask(dots));
        std::string escapes;
        while (escapes.size() < size)
            escapes += "%61\\u0061+&#97;";
        const auto before = masker.steps();
        CPPUNIT_ASSERT_EQUAL(escapes, masker.mask(escapes));
        CPPUNIT_ASSERT(masker.steps() - before < 16 * escapes.size());
    }

    /// A secret of two characters makes the masker search every text. It occurs in none of these.
    void texts_that_need_no_search_are_masked_as_if_searched() {
        std::mt19937 random(20261128); // NOLINT: the same texts on every run
        const auto below = [&](std::size_t end) { return random() % end; };
        const std::vector<std::string> pieces{"ab",
                                              "ba",
                                              "b",
                                              ".",
                                              "..",
                                              "...",
                                              "\xE2\x80\xA6",
                                              "%",
                                              "%61",
                                              "\\u0061",
                                              "&#97;",
                                              "+",
                                              " ",
                                              "\xE2\x80\x93",
                                              "a",
                                              "abab...",
                                              "abab%2e%2e%2e"};
        int masked_some = 0;
        for (int round = 0; round < 20'000; ++round) {
            std::string text, secret;
            for (std::size_t i = below(8); i > 0; --i)
                text += pieces[below(pieces.size())];
            for (std::size_t i = 4 + below(16); i > 0; --i)
                secret += "ab"[below(2)];
            Masker quick, slow;
            for (Masker* each : {&quick, &slow})
                each->add(secret);
            slow.add("zq");
            const std::string expected = slow.mask(text, "WHOLE");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(secret + " in " + text, expected,
                                         quick.mask(text, "WHOLE"));
            if (expected != text) ++masked_some;
        }
        CPPUNIT_ASSERT_MESSAGE(std::to_string(masked_some), masked_some > 150);
    }

    void secrets_that_come_one_by_one_are_all_found() {
        Masker masker;
        std::string all;
        for (int i = 0; i < 300; ++i) {
            const std::string secret = "secret-number-" + std::to_string(i) + "!";
            masker.add(secret);
            all += secret + " ";
            CPPUNIT_ASSERT_EQUAL(std::string("<********>"), masker.mask("<" + secret + ">"));
        }
        must_not_contain(masker.mask(all), "number");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MaskerTest);

} // namespace
} // namespace infrastate
