// SPDX-License-Identifier: Apache-2.0
// The client's reading calls against a scripted server: lists, users, version, the kept secret.
#include "scripted_sender.h"
#include "support/check.h"

#include "infrastate/client/infra_client.h"
#include "infrastate/json/json.h"

#include <algorithm>
#include <thread>

namespace infrastate {
namespace {

using client::InfraClient;
using client::RunBudget;
using ports::KeyQuery;
using test::must;
using test::must_contain;
using test::must_fail;
using test::must_not_contain;
using test::ScriptedSender;
using Verdict = ports::TryAnswer::Verdict;
using std::chrono::milliseconds;

constexpr const char* date_header = "Mon, 23 Nov 2026 01:56:35 GMT";

Value key_item(const std::string& id, const std::string& name = "example") {
    return Value::object({{"id", id},
                          {"created", "2026-11-23T01:56:35Z"},
                          {"lastUsed", "2026-11-23T01:56:36Z"},
                          {"name", name},
                          {"issuedForName", "connector"},
                          {"issuedFor", "2vc1qNZcG2w"},
                          {"providerID", "2vc1qNYQccW"},
                          {"expires", "2027-11-23T07:56:35Z"},
                          {"inactivityTimeout", "2026-11-26T01:56:35Z"},
                          {"scopes", Value::array()}});
}

Value changed(Value item, const char* name, Value value) {
    item.set(name, std::move(value));
    return item;
}
Value without(Value item, const char* name) {
    item.erase(name);
    return item;
}

Value page_value(Value::Array items, std::int64_t page, std::int64_t pages, std::int64_t total) {
    const auto count = static_cast<std::int64_t>(items.size());
    return Value::object({{"page", page},
                          {"limit", 1000},
                          {"totalPages", pages},
                          {"totalCount", total},
                          {"count", count},
                          {"items", Value(std::move(items))}});
}
std::string page_text(Value::Array items, std::int64_t page, std::int64_t pages,
                      std::int64_t total) {
    return json::write(page_value(std::move(items), page, pages, total));
}
std::string one_page(Value::Array items) {
    const auto count = static_cast<std::int64_t>(items.size());
    return page_text(std::move(items), 1, count > 0 ? 1 : 0, count);
}
std::string error_text(int code, const std::string& message) {
    return json::write(Value::object({{"code", code}, {"message", message}}));
}

RunBudget quick() {
    RunBudget budget;
    budget.first_pause = milliseconds(1);
    return budget;
}

class ClientReadTest : public CppUnit::TestFixture {
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
    CPPUNIT_TEST(what_is_not_infra_is_said_to_be_none);
    CPPUNIT_TEST(each_status_has_its_error);
    CPPUNIT_TEST(a_proxys_page_is_not_taken_for_infras_word);
    CPPUNIT_TEST(the_servers_words_are_made_safe_to_show);
    CPPUNIT_TEST(a_get_is_repeated_after_what_may_pass_and_no_more_often_than_told);
    CPPUNIT_TEST(a_get_is_not_repeated_after_what_will_not_pass);
    CPPUNIT_TEST(retry_after_is_waited_for_within_the_deadline_only);
    CPPUNIT_TEST(waiting_ends_when_the_run_is_cancelled);
    CPPUNIT_TEST(a_user_is_found_by_its_exact_name_among_all_pages);
    CPPUNIT_TEST(the_version_is_asked_without_the_token);
    CPPUNIT_TEST(a_secret_is_refused_only_in_infras_own_words);
    CPPUNIT_TEST(a_secret_is_tried_once_and_in_place_of_the_token);
    CPPUNIT_TEST_SUITE_END();

    const Secret token_{"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"};

    Result<ports::KeyListing> list(ScriptedSender& sender, const KeyQuery& query = {}) {
        InfraClient api(sender, token_, quick());
        return api.keys().list(query);
    }
    Result<ports::KeyListing> list_of(const std::string& body) {
        ScriptedSender sender;
        sender.answer(200, body);
        return list(sender);
    }

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
        // A server that knew neither parameter.
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
        // k1 vanished after the first page, so k3 moved to it and was missed.
        sender.answer(200, page_text({key_item("k1"), key_item("k2")}, 1, 2, 4))
            .answer(200, page_text({key_item("k4")}, 2, 2, 3))
            .answer(200, page_text({key_item("k2"), key_item("k3")}, 1, 2, 3))
            .answer(200, page_text({key_item("k4")}, 2, 2, 3));
        // k1 k2 k4 are as many as the last page counts: only the counts' difference tells.
        const auto again = must(list(sender)).rows;
        CPPUNIT_ASSERT(sender.finished());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, again.size());
        CPPUNIT_ASSERT_EQUAL(std::string("k2"), again[0].id.text());
        CPPUNIT_ASSERT_EQUAL(std::string("k3"), again[1].id.text());
        ScriptedSender shrunk;
        shrunk.answer(200, page_text({key_item("k1"), key_item("k2")}, 1, 2, 3))
            .answer(200, page_text({}, 2, 0, 0)) // past the end now
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
        // The parameter `page` is ignored: the same rows for ever.
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
        // Over several pages: the earliest, and exact only if each was.
        ScriptedSender pages;
        pages.answer(200, page_text({key_item("k1")}, 1, 2, 2))
            .answer(200, page_text({key_item("k2")}, 2, 2, 2),
                    {{"Date", "Mon, 23 Nov 2026 01:59:35 GMT"}, {"Age", "3"}});
        const ServerTime time = must(list(pages)).time;
        CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23T01:56:35Z"), time.now.text());
        CPPUNIT_ASSERT(!time.exact);
    }

    void what_is_not_infra_is_said_to_be_none() {
        for (const std::string& body :
             {std::string("<html><body>Welcome to nginx!</body></html>"), std::string(""),
              std::string("null"), std::string("[]"), std::string("{}"), std::string("\"ok\""),
              std::string("{\"items\":"), error_text(200, "odd"),
              std::string("{\"items\":[],\"items\":[]}"), std::string("\xFF\xFE{")}) {
            const Error error = must_fail(list_of(body), body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Code::server, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Effect::none, error.effect);
            must_contain(error.message, "is this an Infra server", body);
            must_contain(error.message, "https://infra.example.com:8443/base", body);
            must_contain(error.message, "listing access keys", body);
            must_not_contain(error.message, "nginx", body);
        }
        for (const int status : {204, 201, 301, 302, 307, 308, 418}) {
            ScriptedSender sender;
            sender.answer(status, one_page({key_item("k1")}),
                          {{"Location", "https://elsewhere.example.com/"}});
            const Error error = must_fail(list(sender), std::to_string(status));
            CPPUNIT_ASSERT_EQUAL(Code::server, error.code);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
            must_contain(error.message, "is this an Infra server");
        }
    }

    void each_status_has_its_error() {
        struct Row {
            int status;
            Code code;
            bool retryable;
        };
        for (const Row& row : {
                 Row{400, Code::argument, false},
                 Row{401, Code::auth, false},
                 Row{403, Code::permission, false},
                 Row{404, Code::not_found, false},
                 Row{409, Code::conflict, false},
                 Row{410, Code::not_found, false},
                 Row{422, Code::server, false},
                 Row{429, Code::server, true},
                 Row{500, Code::server, true},
                 Row{501, Code::server, false},
                 Row{502, Code::server, true},
                 Row{503, Code::server, true},
                 Row{504, Code::server, true},
             }) {
            const std::string where = std::to_string(row.status);
            ScriptedSender sender;
            for (int i = 0; i < 3; ++i)
                sender.answer(row.status, error_text(row.status, "the words of the server"));
            const Error error = must_fail(list(sender), where);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, row.code, error.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, row.retryable, error.retryable);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, row.status, error.http_status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where, Effect::none, error.effect);
            must_contain(error.message, "listing access keys", where);
            must_contain(error.message, where + ": the words of the server", where);
            CPPUNIT_ASSERT_EQUAL(row.retryable ? std::size_t{3} : std::size_t{1},
                                 sender.seen.size());
        }
    }

    void a_proxys_page_is_not_taken_for_infras_word() {
        // Neither HTML nor JSON of another shape says anything about the caller or the key.
        for (const int status : {400, 401, 403, 404, 409, 410})
            for (const std::string& body :
                 {std::string("<html>no</html>"), std::string("{\"error\":\"no\"}"),
                  std::string("{\"code\":1,\"message\":\"no\"}"),
                  std::string("{\"code\":\"401\",\"message\":\"no\"}"), std::string()}) {
                ScriptedSender sender;
                sender.answer(status, body);
                const Error error = must_fail(list(sender), body);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Code::server, error.code);
                must_contain(error.message, "is this an Infra server", body);
            }
    }

    void the_servers_words_are_made_safe_to_show() {
        ScriptedSender sender;
        sender.answer(403, error_text(403, "\x1B]0;owned\x07 no\r\nSet-Cookie: x\xE2\x80\xAE " +
                                               std::string(100'000, 'x')));
        const std::string message = must_fail(list(sender)).message;
        CPPUNIT_ASSERT(message.size() < 800);
        for (char c : message)
            CPPUNIT_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != '\x7F');
        must_not_contain(message, "\xE2\x80\xAE");
    }

    void a_get_is_repeated_after_what_may_pass_and_no_more_often_than_told() {
        ScriptedSender heals, stays, never;
        heals.answer(503, "busy").lost(true).answer(200, one_page({key_item("k1")}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, must(list(heals)).rows.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, heals.seen.size());
        for (int i = 0; i < 9; ++i)
            stays.lost(true);
        const Error error = must_fail(list(stays));
        CPPUNIT_ASSERT_EQUAL(Code::transport, error.code);
        CPPUNIT_ASSERT_EQUAL(Effect::none, error.effect);
        must_contain(error.message, "listing access keys: the connection was lost");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, stays.seen.size());
        RunBudget once = quick();
        once.retries = 0;
        never.answer(503, "busy").answer(200, one_page({}));
        InfraClient api(never, token_, once);
        must_fail(api.keys().list({}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, never.seen.size());
    }

    void a_get_is_not_repeated_after_what_will_not_pass() {
        for (const Code code : {Code::deadline, Code::cancelled, Code::transport}) {
            ScriptedSender sender;
            Error error{code, "for good"};
            error.retryable = code == Code::deadline; // the same call later, not now
            sender.fail(error).answer(200, one_page({}));
            CPPUNIT_ASSERT_EQUAL(code, must_fail(list(sender)).code);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
        }
    }

    void retry_after_is_waited_for_within_the_deadline_only() {
        using Clock = std::chrono::steady_clock;
        for (const char* header : {"1", "Mon, 23 Nov 2026 01:56:36 GMT"}) {
            ScriptedSender sender;
            sender
                .answer(429, error_text(429, "slow down"),
                        ScriptedSender::date_and({"Retry-After", header}))
                .answer(200, one_page({}));
            const auto begin = Clock::now();
            must(list(sender), header);
            CPPUNIT_ASSERT_MESSAGE(header, Clock::now() - begin >= std::chrono::seconds(1));
        }
        // Longer than the run has: said at once.
        for (const char* header : {"31", "99999999999999999999", "Tue, 24 Nov 2026 01:56:35 GMT"}) {
            ScriptedSender sender;
            sender
                .answer(429, error_text(429, "slow down"),
                        ScriptedSender::date_and({"Retry-After", header}))
                .answer(200, one_page({}));
            const auto begin = Clock::now();
            const Error error = must_fail(list(sender), header);
            CPPUNIT_ASSERT(error.retryable);
            must_contain(error.message, "asks to wait", header);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
            CPPUNIT_ASSERT_MESSAGE(header, Clock::now() - begin < std::chrono::seconds(20));
        }
        // No time at all, and nonsense: the usual pause.
        for (const char* header : {"0", "-5", "soon", "Mon, 23 Nov 2026 01:00:00 GMT"}) {
            ScriptedSender sender;
            sender
                .answer(503, error_text(503, "later"),
                        ScriptedSender::date_and({"Retry-After", header}))
                .answer(200, one_page({}));
            must(list(sender), header);
        }
    }

    void waiting_ends_when_the_run_is_cancelled() {
        transport::CancelToken cancel;
        RunBudget budget = quick();
        budget.cancel = &cancel;
        ScriptedSender sender;
        sender
            .answer(429, error_text(429, "slow down"),
                    ScriptedSender::date_and({"Retry-After", "25"}))
            .answer(200, one_page({}));
        InfraClient api(sender, token_, budget);
        std::thread other([&] {
            std::this_thread::sleep_for(milliseconds(50));
            cancel.set();
        });
        const auto begin = std::chrono::steady_clock::now();
        const Error error = must_fail(api.keys().list({}));
        const auto took = std::chrono::steady_clock::now() - begin;
        other.join();
        CPPUNIT_ASSERT(took < std::chrono::seconds(20));
        CPPUNIT_ASSERT_EQUAL(Code::cancelled, error.code);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
    }

    void a_user_is_found_by_its_exact_name_among_all_pages() {
        const auto user = [](const char* id, const char* name) {
            return Value::object({{"id", id}, {"name", name}, {"lastSeenAt", nullptr}});
        };
        ScriptedSender sender;
        sender.answer(200, page_text({user("u1", "Dev"), user("u2", "dev2")}, 1, 2, 3))
            .answer(200, page_text({user("u3", "dev")}, 2, 2, 3))
            .answer(200, one_page({user("u1", "devs")}))
            .answer(200, one_page({user("u1", "dev"), user("u2", "dev")}))
            .answer(200, one_page({without(user("u1", "dev"), "id")}));
        InfraClient api(sender, token_, quick());
        CPPUNIT_ASSERT_EQUAL(std::string("u3"), must(api.directory().find_user("dev"))->id.text());
        CPPUNIT_ASSERT(!must(api.directory().find_user("dev")));
        must_contain(must_fail(api.directory().find_user("dev")).message, "two users");
        must_contain(must_fail(api.directory().find_user("dev")).message, "'id'");
    }

    void the_version_is_asked_without_the_token() {
        ScriptedSender sender;
        sender.answer(200, R"({"version":"0.21.0"})")
            .answer(200, R"({"version":"newest"})")
            .answer(200, R"({"version":21})")
            .answer(200, R"({})");
        InfraClient api(sender, token_, quick());
        CPPUNIT_ASSERT_EQUAL(std::string("0.21.0"), must(api.server().version()).text());
        CPPUNIT_ASSERT_EQUAL(std::string("/api/version"), sender.seen[0].target);
        CPPUNIT_ASSERT_EQUAL(std::string(), sender.seen[0].bearer);
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(Code::server, must_fail(api.server().version()).code);
    }

    void a_secret_is_refused_only_in_infras_own_words() {
        struct Row {
            int status;
            std::string body;
            Verdict verdict;
        };
        for (const Row& row : {
                 Row{200, R"({"id":"u1","name":"connector"})", Verdict::accepted},
                 Row{401, error_text(401, "unauthorized"), Verdict::refused},
                 Row{401, error_text(401, "access key has expired"), Verdict::refused},
                 Row{401, error_text(401, "access key has expired due to inactivity"),
                     Verdict::refused},
                 Row{401, error_text(401, "unauthorized: access key has expired"),
                     Verdict::refused},
                 Row{401, error_text(401, "authentication is required"), Verdict::uncertain},
                 Row{401, error_text(401, "Unauthorized"), Verdict::uncertain},
                 Row{401, error_text(401, ""), Verdict::uncertain},
                 Row{401, error_text(403, "unauthorized"), Verdict::uncertain},
                 Row{401, R"({"message":"unauthorized"})", Verdict::uncertain},
                 Row{401, "unauthorized", Verdict::uncertain},
                 Row{401, "", Verdict::uncertain},
                 Row{403, error_text(403, "unauthorized"), Verdict::uncertain},
                 Row{500, error_text(500, "unauthorized"), Verdict::uncertain},
                 Row{200, "<html>hello</html>", Verdict::uncertain},
                 Row{200, R"({"id":"u1"})", Verdict::uncertain},
                 Row{204, "", Verdict::uncertain},
                 Row{302, "", Verdict::uncertain},
             }) {
            ScriptedSender sender;
            sender.answer(row.status, row.body);
            InfraClient api(sender, token_, quick());
            const auto answer =
                must(api.keys().try_secret(Secret("cccccccccc.dddddddddddddddddddddddd")));
            CPPUNIT_ASSERT_MESSAGE(row.body, row.verdict == answer.verdict);
            CPPUNIT_ASSERT_EQUAL(std::string(row.verdict == Verdict::accepted ? "u1" : ""),
                                 answer.user_id);
        }
    }

    void a_secret_is_tried_once_and_in_place_of_the_token() {
        ScriptedSender sender;
        Error no_time{Code::deadline, "no time"};
        sender.answer(503, error_text(503, "busy")).lost(true).fail(no_time);
        InfraClient api(sender, token_, quick());
        const Secret kept("cccccccccc.dddddddddddddddddddddddd");
        CPPUNIT_ASSERT(must(api.keys().try_secret(kept)).verdict == Verdict::uncertain);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sender.seen.size());
        CPPUNIT_ASSERT(must(api.keys().try_secret(kept)).verdict == Verdict::uncertain);
        CPPUNIT_ASSERT_EQUAL(Code::deadline, must_fail(api.keys().try_secret(kept)).code);
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, sender.seen.size());
        CPPUNIT_ASSERT(kept.equals(sender.seen[0].bearer));
        CPPUNIT_ASSERT_EQUAL(std::string("/api/users/self"), sender.seen[0].target);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientReadTest);

} // namespace
} // namespace infrastate
