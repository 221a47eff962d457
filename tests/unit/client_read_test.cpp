// SPDX-License-Identifier: Apache-2.0
// The client's lists on a scripted server: what it asks for, which rows it accepts, and what it
// does with pages that do not fit together.
#include "client_answers.h"

namespace infrastate {
namespace {

using namespace client_answers;

class ClientReadTest : public ClientReadFixture {
    CPPUNIT_TEST_SUITE(ClientReadTest);
    CPPUNIT_TEST(a_list_asks_for_the_most_rows_and_names_the_version);
    CPPUNIT_TEST(filters_are_percent_encoded_and_cannot_leave_their_place);
    CPPUNIT_TEST(a_row_is_read_in_every_shape_that_servers_use);
    CPPUNIT_TEST(keys_of_providers_and_organizations_are_left_out);
    CPPUNIT_TEST(a_malformed_row_is_an_error_that_names_the_field);
    CPPUNIT_TEST(rows_are_matched_on_this_side_too);
    CPPUNIT_TEST(all_pages_are_read_once_each);
    CPPUNIT_TEST(the_first_page_alone_says_whether_there_is_more);
    CPPUNIT_TEST(a_row_that_moved_between_pages_is_taken_once_in_its_later_state);
    CPPUNIT_TEST(a_list_that_changed_between_pages_is_read_again);
    CPPUNIT_TEST(a_list_that_never_rests_is_an_error);
    CPPUNIT_TEST(endless_and_inconsistent_paging_is_an_error);
    CPPUNIT_TEST(the_servers_clock_is_exact_only_with_date_and_without_age);
    CPPUNIT_TEST_SUITE_END();

public:
    void a_list_asks_for_the_most_rows_and_names_the_version() {
        ScriptedSender sender;
        sender.answer(200, one_page({key_item("k1")}));
        const auto listing = must(list(sender));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listing.rows.size());
        CPPUNIT_ASSERT(listing.complete);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
        const auto& seen = sender.seen[0];
        CPPUNIT_ASSERT_EQUAL(std::string("/api/access-keys?limit=1000&showExpired=true"),
                             seen.target);
        CPPUNIT_ASSERT(seen.method == transport::Method::get);
        CPPUNIT_ASSERT_EQUAL(std::string("0.20.0"), seen.header("Infra-Version"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), seen.header("Accept"));
        CPPUNIT_ASSERT_EQUAL(std::string("infrastate/"), seen.header("User-Agent").substr(0, 11));
        CPPUNIT_ASSERT(token_.equals(seen.bearer));
        CPPUNIT_ASSERT(seen.body.empty());
    }

    void filters_are_percent_encoded_and_cannot_leave_their_place() {
        ScriptedSender sender;
        sender.answer(200, one_page({})).answer(200, one_page({}));
        InfraClient api(sender, token_, quick());
        KeyQuery query;
        query.name = "a b&userID=x#?/%\xC3\xA4\r\n";
        query.user_id = must(ServerId::parse("2vc1qNZcG2w"));
        query.show_dead = false;
        CPPUNIT_ASSERT(must(api.keys().list(query)).rows.empty());
        CPPUNIT_ASSERT(!must(api.directory().find_user("dev+1@example.com")));
        CPPUNIT_ASSERT_EQUAL(std::string("/api/access-keys?limit=1000&name=a%20b%26userID%3Dx%23%3F"
                                         "%2F%25%C3%A4%0D%0A&userID=2vc1qNZcG2w"),
                             sender.seen[0].target);
        CPPUNIT_ASSERT_EQUAL(
            std::string("/api/users?limit=1000&name=dev%2B1%40example.com&showSystem=true"),
            sender.seen[1].target);
    }

    void a_row_is_read_in_every_shape_that_servers_use() {
        const Value released = key_item("k1");
        const Value user_named =
            changed(without(released, "issuedForName"), "issuedForUser", "connector");
        Value newer = without(without(released, "issuedFor"), "issuedForName");
        newer.set("issuedForID", "2vc1qNZcG2w");
        newer.set("issuedForKind", "user");
        const Value newer_by_user = changed(newer, "issuedForUser", "connector");
        const Value newer_by_name = changed(newer, "issuedForName", "connector");
        for (const Value& item : {released, user_named, newer_by_user, newer_by_name}) {
            const auto row = must(list_of(one_page({item})), json::write(item)).rows.at(0);
            CPPUNIT_ASSERT_EQUAL(std::string("k1"), row.id.text());
            CPPUNIT_ASSERT_EQUAL(std::string("example"), row.name);
            CPPUNIT_ASSERT_EQUAL(std::string("connector"), row.user_name);
            CPPUNIT_ASSERT_EQUAL(std::string("2vc1qNZcG2w"), row.user_id);
            CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23T01:56:35Z"), row.created.text());
            CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23T01:56:36Z"), row.last_used->text());
            CPPUNIT_ASSERT_EQUAL(std::string("2027-11-23T07:56:35Z"), row.expires->text());
            CPPUNIT_ASSERT_EQUAL(std::string("2026-11-26T01:56:35Z"),
                                 row.inactivity_deadline->text());
        }
        const Value unset =
            changed(changed(changed(released, "expires", nullptr), "inactivityTimeout", nullptr),
                    "lastUsed", "0001-01-01T00:00:00Z");
        const auto row = must(list_of(one_page({unset}))).rows.at(0);
        CPPUNIT_ASSERT(!row.expires && !row.inactivity_deadline && !row.last_used);
        // Go may write an empty list as null.
        CPPUNIT_ASSERT(
            must(list_of(json::write(changed(page_value({}, 1, 0, 0), "items", nullptr))))
                .rows.empty());
    }

    void keys_of_providers_and_organizations_are_left_out() {
        const auto rows =
            must(list_of(one_page({changed(key_item("k1"), "issuedForKind", "provider"),
                                   changed(key_item("k2"), "issuedForKind", "organization"),
                                   changed(key_item("k3"), "issuedForKind", "user")})))
                .rows;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows.size());
        CPPUNIT_ASSERT_EQUAL(std::string("k3"), rows[0].id.text());
    }

    void a_malformed_row_is_an_error_that_names_the_field() {
        const Value good = key_item("k1");
        struct Row {
            Value item;
            const char* field;
        };
        for (const Row& row : {
                 Row{without(good, "id"), "'id'"},
                 Row{changed(good, "id", ""), "'id'"},
                 Row{changed(good, "id", "../users"), "'id'"},
                 Row{changed(good, "id", 7), "'id'"},
                 Row{without(good, "name"), "'name'"},
                 Row{changed(good, "name", nullptr), "'name'"},
                 Row{without(good, "created"), "'created'"},
                 Row{changed(good, "created", "yesterday"), "'created'"},
                 Row{changed(good, "created", 1'700'000'000), "'created'"},
                 Row{changed(good, "expires", "never"), "'expires'"},
                 Row{changed(good, "expires", 0), "'expires'"},
                 Row{changed(good, "inactivityTimeout", "72h0m0s"), "'inactivityTimeout'"},
                 Row{without(good, "inactivityTimeout"), "'inactivityTimeout'"},
                 Row{changed(good, "lastUsed", true), "'lastUsed'"},
                 Row{without(good, "issuedFor"), "'issuedFor'"},
                 Row{changed(good, "issuedFor", "!!"), "'issuedFor'"},
                 Row{without(good, "issuedForName"), "'issuedForName'"},
                 Row{changed(good, "issuedForName", ""), "'issuedForName'"},
                 Row{changed(good, "issuedForName", nullptr), "'issuedForName'"},
                 Row{changed(good, "issuedForName", 7), "'issuedForName'"},
                 Row{changed(good, "issuedForKind", 7), "'issuedForKind'"},
                 Row{without(good, "expires"), "'expires'"},
                 Row{without(good, "lastUsed"), "'lastUsed'"},
                 Row{Value("k1"), "not an object"},
                 Row{Value(), "not an object"},
             }) {
            const std::string where = json::write(row.item);
            const Error error = must_fail(list_of(one_page({row.item})), where);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Code::server, error.code);
            must_contain(error.message, row.field, where);
            must_contain(error.message, "is this an Infra server", where);
            must_contain(error.message, "https://infra.example.com:8443/base", where);
        }
    }

    void rows_are_matched_on_this_side_too() {
        KeyQuery query;
        query.name = "example";
        query.user_id = must(ServerId::parse("2vc1qNZcG2w"));
        ScriptedSender sender;
        // A server that ignores both parameters.
        sender.answer(
            200, one_page({key_item("k1"), key_item("k2", "example2"), key_item("k3", "Example"),
                           changed(key_item("k4"), "issuedFor", "2vc1qPQuM9v")}));
        const auto rows = must(list(sender, query)).rows;
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows.size());
        CPPUNIT_ASSERT_EQUAL(std::string("k1"), rows[0].id.text());
    }

    void all_pages_are_read_once_each() {
        ScriptedSender sender;
        sender.answer(200, page_text({key_item("k1"), key_item("k2")}, 1, 3, 5))
            .answer(200, page_text({key_item("k3"), key_item("k4")}, 2, 3, 5))
            .answer(200, page_text({key_item("k5")}, 3, 3, 5));
        const auto listing = must(list(sender));
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, listing.rows.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, sender.seen.size());
        must_not_contain(sender.seen[0].target, "page=");
        must_contain(sender.seen[1].target, "&page=2");
        must_contain(sender.seen[2].target, "&page=3");
    }

    void the_first_page_alone_says_whether_there_is_more() {
        KeyQuery query;
        query.first_page_only = true;
        ScriptedSender more, all;
        more.answer(200, page_text({key_item("k1")}, 1, 2, 2));
        const auto part = must(list(more, query));
        CPPUNIT_ASSERT(!part.complete);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, part.rows.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, more.seen.size());
        all.answer(200, one_page({key_item("k1")}));
        CPPUNIT_ASSERT(must(list(all, query)).complete);
    }

    void a_row_that_moved_between_pages_is_taken_once_in_its_later_state() {
        ScriptedSender sender;
        sender.answer(200, page_text({key_item("k1"), key_item("k2")}, 1, 2, 3))
            .answer(200, page_text({changed(key_item("k2"), "lastUsed", "2026-11-23T02:00:00Z"),
                                    key_item("k3")},
                                   2, 2, 3));
        const auto rows = must(list(sender)).rows;
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, rows.size());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23T02:00:00Z"), rows[1].last_used->text());
    }

    void a_list_that_changed_between_pages_is_read_again() {
        ScriptedSender sender;
        // k1 was deleted after the first page, so k3 moved to that page and was missed.
        sender.answer(200, page_text({key_item("k1"), key_item("k2")}, 1, 2, 4))
            .answer(200, page_text({key_item("k4")}, 2, 2, 3))
            .answer(200, page_text({key_item("k2"), key_item("k3")}, 1, 2, 3))
            .answer(200, page_text({key_item("k4")}, 2, 2, 3));
        // k1 k2 k4 are as many as the last page counts, so only the different counts show it.
        const auto again = must(list(sender)).rows;
        CPPUNIT_ASSERT(sender.finished());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, again.size());
        CPPUNIT_ASSERT_EQUAL(std::string("k2"), again[0].id.text());
        CPPUNIT_ASSERT_EQUAL(std::string("k3"), again[1].id.text());
        ScriptedSender shrunk;
        shrunk.answer(200, page_text({key_item("k1"), key_item("k2")}, 1, 2, 3))
            .answer(200, page_text({}, 2, 0, 0)) // now the page is past the end
            .answer(200, one_page({key_item("k2"), key_item("k3")}));
        const auto rows = must(list(shrunk)).rows;
        CPPUNIT_ASSERT(shrunk.finished());
        CPPUNIT_ASSERT_EQUAL(std::string("k2"), rows.at(0).id.text());
        CPPUNIT_ASSERT_EQUAL(std::string("k3"), rows.at(1).id.text());
    }

    void a_list_that_never_rests_is_an_error() {
        ScriptedSender sender;
        for (int i = 0; i < 3; ++i)
            sender.answer(200, page_text({key_item("k1")}, 1, 2, 2))
                .answer(200, page_text({}, 2, 0, 0));
        const Error error = must_fail(list(sender));
        CPPUNIT_ASSERT_EQUAL(std::string("list_unstable"), error.detail);
        CPPUNIT_ASSERT(error.retryable);
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, sender.seen.size());
    }

    void endless_and_inconsistent_paging_is_an_error() {
        const Value good = page_value({key_item("k1")}, 1, 1, 1);
        for (const Value& body : {
                 changed(good, "page", 2),
                 changed(good, "page", 0),
                 changed(good, "totalPages", 0),
                 changed(good, "totalPages", -1),
                 changed(good, "totalPages", "1"),
                 changed(good, "totalPages", 1.0),
                 changed(good, "totalPages", 1'000'000),
                 changed(good, "totalCount", 2),
                 changed(good, "count", 2),
                 changed(good, "items", Value::object()),
                 changed(good, "items", nullptr),
                 without(good, "items"),
                 without(good, "page"),
                 without(good, "totalPages"),
                 without(good, "totalCount"),
                 without(good, "count"),
                 page_value({}, 1, 1, 0),
                 page_value({key_item("k1"), key_item("k1")}, 1, 1, 2),
             }) {
            const Error error = must_fail(list_of(json::write(body)), json::write(body));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(json::write(body), Code::server, error.code);
        }
        // The server ignores the parameter `page`: the same rows for ever.
        ScriptedSender stuck, liar;
        for (int i = 0; i < 5; ++i) {
            stuck.answer(200, page_text({key_item("k1")}, 1, 9, 9));
            liar.answer(200, page_text({key_item("k1")}, i + 1, 9, 9));
        }
        must_fail(list(stuck));
        must_fail(list(liar));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, stuck.seen.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, liar.seen.size());
    }

    void the_servers_clock_is_exact_only_with_date_and_without_age() {
        struct Row {
            std::vector<transport::Header> headers;
            bool exact, of_server;
        };
        for (const Row& row : {
                 Row{{{"Date", date_header}}, true, true},
                 Row{{{"Date", date_header}, {"Age", "0"}}, true, true},
                 Row{{{"date", date_header}, {"AGE", "1"}}, false, true},
                 Row{{{"Date", date_header}, {"Age", "x"}}, false, true},
                 Row{{{"Date", "Monday, 23-Nov-26 01:56:35 GMT"}}, true, true},
                 Row{{}, false, false},
                 Row{{{"Date", "yesterday"}}, false, false},
             }) {
            ScriptedSender sender;
            sender.answer(200, one_page({}), row.headers);
            const ServerTime time = must(list(sender)).time;
            CPPUNIT_ASSERT_EQUAL(row.exact, time.exact);
            CPPUNIT_ASSERT_EQUAL(row.of_server, time.now.text() == "2026-11-23T01:56:35Z");
        }
        // Several pages: the earliest time counts, and it is exact only if each page's was.
        ScriptedSender pages;
        pages.answer(200, page_text({key_item("k1")}, 1, 2, 2))
            .answer(200, page_text({key_item("k2")}, 2, 2, 2),
                    {{"Date", "Mon, 23 Nov 2026 01:59:35 GMT"}, {"Age", "3"}});
        const ServerTime time = must(list(pages)).time;
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23T01:56:35Z"), time.now.text());
        CPPUNIT_ASSERT(!time.exact);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientReadTest);

} // namespace
} // namespace infrastate
