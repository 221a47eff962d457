// SPDX-License-Identifier: Apache-2.0
// Record and intents. What is written can be read again, by this version and by every later one.
// Damage is a warning and never a failure.
#include "store_fixture.h"

#include "infrastate/json/json.h"

#include <functional>

namespace infrastate {
namespace {

using namespace test;

const std::string data(INFRASTATE_TEST_DATA);

class StoreRecordTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoreRecordTest);
    CPPUNIT_TEST(what_is_written_is_read_again);
    CPPUNIT_TEST(names_and_what_was_replaced_are_remembered);
    CPPUNIT_TEST(optional_members_may_be_absent);
    CPPUNIT_TEST(the_record_of_version_1_is_read_for_ever);
    CPPUNIT_TEST(the_intents_of_version_1_are_read_for_ever);
    CPPUNIT_TEST(unknown_members_of_a_newer_minor_are_ignored);
    CPPUNIT_TEST(a_newer_major_counts_as_damaged);
    CPPUNIT_TEST(a_wrong_member_of_a_record_is_dropped_alone_and_is_named);
    CPPUNIT_TEST(a_record_without_host_or_id_is_no_record);
    CPPUNIT_TEST(members_of_the_right_type_and_the_wrong_form_are_dropped_alone);
    CPPUNIT_TEST(a_use_of_unknown_time_counts_as_one_that_may_be_ours);
    CPPUNIT_TEST(a_wrong_member_of_an_intent_is_dropped_alone_and_is_named);
    CPPUNIT_TEST(an_intent_that_lost_what_makes_it_certain_is_not_certain);
    CPPUNIT_TEST(an_intent_by_which_nothing_can_be_known_is_missed);
    CPPUNIT_TEST(what_was_read_with_damage_is_written_and_read_the_same);
    CPPUNIT_TEST(a_cut_record_is_a_warning);
    CPPUNIT_TEST(good_intents_survive_a_bad_neighbour);
    CPPUNIT_TEST(a_damaged_record_is_replaced_by_the_next_one);
    CPPUNIT_TEST(what_could_not_be_read_again_is_not_written);
    CPPUNIT_TEST(no_secret_is_in_them);
    CPPUNIT_TEST_SUITE_END();

public:
    std::unique_ptr<store::Files> files = store::system_files();
    TempFolder folder;
    std::string record_file = folder / ".key.infrastate";
    std::string intents_file = folder / ".key.infrastate.intents";
    std::unique_ptr<ports::SecretStore> store = open_store(*files, folder / "key");

    void what_is_written_is_read_again() {
        Intent second = full_intent();
        second.asked = AskedFor{span("1h0m0.5s"), {}, span("1ns")};
        second.recognisable = false;
        must(store->put_record(full_record()));
        must(store->put_intents({full_intent(), second}));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.warnings.empty());
        CPPUNIT_ASSERT(view.record == full_record());
        CPPUNIT_ASSERT((view.intents == std::vector{full_intent(), second}));
    }

    void names_and_what_was_replaced_are_remembered() {
        Record record = full_record();
        record.replaced_digest = std::string(64, 'f');
        record.former = {{"old", "connector"}, {"older", "dev@example.com"}};
        record.quiet_runs_due = 2;
        must(store->put_record(record));
        CPPUNIT_ASSERT(must(store->look()).record == record);
        // A damaged member counts as missing, and the record stays good.
        std::string text = read_text(record_file);
        for (const auto& [good, bad] :
             {std::pair{R"("quiet_runs_due": "2")", R"("quiet_runs_due": 2)"},
              std::pair{R"("name": "old")", R"("name": "o/d")"}}) {
            const auto at = text.find(good);
            CPPUNIT_ASSERT_MESSAGE(text, at != std::string::npos);
            text.replace(at, std::string(good).size(), bad);
        }
        write_text(record_file, text);
        record.quiet_runs_due = 0;
        record.former = {{"older", "dev@example.com"}};
        CPPUNIT_ASSERT(must(store->look()).record == record);
    }

    void optional_members_may_be_absent() {
        Record record = full_record();
        record.asked.reset();
        record.keepers.reset();
        record.tried.reset();
        record.predecessors.clear();
        Intent intent = full_intent();
        intent.asked->expires_at.reset();
        intent.seen.clear();
        intent.predecessors.clear();
        intent.keepers.reset();
        intent.answered.reset();
        must(store->put_record(record));
        must(store->put_intents({intent}));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.record == record);
        CPPUNIT_ASSERT(view.intents == std::vector{intent});
    }

    void the_record_of_version_1_is_read_for_ever() {
        // The files are never regenerated: they are what versions 1.0 and 1.1 wrote.
        for (const char* name : {"/record-1.json", "/record-1.1.json"}) {
            write_text(record_file, read_text(data + name));
            const auto view = must(store->look());
            CPPUNIT_ASSERT(view.warnings.empty());
            CPPUNIT_ASSERT(view.record == record_of(name));
        }
    }

    void the_intents_of_version_1_are_read_for_ever() {
        for (const char* name : {"/intents-1.json", "/intents-1.1.json"}) {
            write_text(intents_file, read_text(data + name));
            const auto view = must(store->look());
            CPPUNIT_ASSERT(view.warnings.empty() && view.intents_complete);
            CPPUNIT_ASSERT(view.intents == std::vector{intent_of(name)});
        }
    }

    void unknown_members_of_a_newer_minor_are_ignored() {
        Value record = parsed("record-1.json");
        record.set("version", "1.7");
        record.set("mood", Value::object({{"today", "fine"}}));
        record.find("asked")->set("colour", "blue");
        write_text(record_file, json::write(record));
        Value intents = parsed("intents-1.json");
        intents.set("version", "1.7");
        intents.find("intents")->items()[0].set("mood", 7);
        write_text(intents_file, json::write(intents));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.warnings.empty());
        CPPUNIT_ASSERT(view.record == record_of("/record-1.json"));
        CPPUNIT_ASSERT(view.intents == std::vector{intent_of("/intents-1.json")});
    }

    void a_newer_major_counts_as_damaged() {
        Value record = parsed("record-1.json");
        for (const char* version : {"2.0", "0.9", "1", "1.", ".1", "1.x", "-1.0", "1.-1", "", "one",
                                    "1.0.0", " 1.0", "99999999999999999999.0"}) {
            record.set("version", version);
            expect_damaged(record, version[0] == '2' ? "understands 1.x" : "version");
        }
        record.set("version", 1);
        expect_damaged(record, "version");
    }

    void a_wrong_member_of_a_record_is_dropped_alone_and_is_named() {
        const Value good = parsed("record-1.1.json");
        for (const auto& [name, value] : good.members()) {
            if (name == "format" || name == "version") continue;
            if (name == "host" || name == "id") continue;
            for (const Value& wrong : wrong_values(value)) {
                Value record = good;
                record.set(name, wrong);
                expect_without(record, name, '"' + name + '"');
            }
            Value record = good;
            record.erase(name);
            if (name == "asked" || name == "keepers" || name == "tried" || name == "machine")
                expect_without(record, name == "tried" ? "never tried" : name, {});
            else
                expect_without(record, name, '"' + name + '"');
        }
    }

    void a_record_without_host_or_id_is_no_record() {
        const Value good = parsed("record-1.1.json");
        for (const char* name : {"host", "id"}) {
            std::vector<Value> wrong = wrong_values(*good.find(name));
            for (const char* text : {"", "no/such", "http://infra.test", "https://", "infra test"})
                wrong.emplace_back(text);
            for (const Value& each : wrong) {
                Value record = good;
                record.set(name, each);
                expect_damaged(record, std::string("\"") + name + '"');
            }
            Value record = good;
            record.erase(name);
            expect_damaged(record, std::string("\"") + name + '"');
        }
        const std::function<void(Value&)> breaks[] = {
            [](Value& r) { r.set("format", "infrastate intents"); },
            [](Value& r) { r.erase("format"); },
            [](Value& r) { r.erase("version"); },
            [](Value& r) { r = Value::array(); },
            [](Value& r) { r = Value("infrastate record"); },
        };
        for (const auto& damage : breaks) {
            Value record = good;
            damage(record);
            expect_damaged(record, record_file);
        }
    }

    void members_of_the_right_type_and_the_wrong_form_are_dropped_alone() {
        const std::string digest(64, 'd');
        const std::pair<const char*, std::vector<std::string>> wrong[] = {
            {"user", {"", "a\nb", std::string(2000, 'u')}},
            {"user_id", {"", "no/id", std::string(65, 'a')}},
            {"name", {"", "x", "no name", "fleet.rot-1-0123abcd"}},
            {"key_name", {"", "a\tb"}},
            {"created", {"", "yesterday", "2026-11-23", "1795507200"}},
            {"keepers", {"", "x", digest.substr(1), digest + "d", std::string(64, 'D')}},
            {"secret_digest", {"", "x", digest.substr(1), digest + "d", std::string(64, 'g')}},
            {"tried", {"", "2026-11-23", "soon"}},
            {"machine", {"", "x", digest.substr(1), std::string(64, ' ')}},
        };
        const Value good = parsed("record-1.1.json");
        for (const auto& [name, texts] : wrong)
            for (const std::string& text : texts) {
                Value record = good;
                record.set(name, text);
                expect_without(record, name, std::string("\"") + name + '"');
            }
        const std::pair<std::function<void(Value&)>, std::function<void(Record&)>> deeper[] = {
            {[](Value& r) { r.find("asked")->set("expires_in", "soon"); },
             [](Record& r) { r.asked->expires_in.reset(); }},
            {[](Value& r) { r.find("asked")->set("expires_at", "2027-11-23T00:00:00Z"); },
             [](Record& r) { r.asked->expires_in.reset(); }}, // which of the two is wrong?
            {[](Value& r) { r.find("asked")->erase("inactivity_timeout"); },
             [](Record& r) { r.asked->inactivity_timeout.reset(); }},
            {[](Value& r) { r.find("asked")->set("inactivity_timeout", "0s"); },
             [](Record& r) { r.asked->inactivity_timeout.reset(); }},
            {[](Value& r) { r.set("asked", Value::object()); }, [](Record& r) { r.asked.reset(); }},
            {[](Value& r) { r.find("predecessors")->push("4nBqPsWcdEe"); }, [](Record&) {}},
            {[](Value& r) { r.find("predecessors")->items()[0].erase("id"); },
             [](Record& r) { r.predecessors.clear(); }},
            {[](Value& r) { r.find("predecessors")->items()[0].set("user", nullptr); },
             [](Record& r) { r.predecessors[0].user.clear(); }},
            {[](Value& r) { r.find("predecessors")->items()[0].set("name", 7); },
             [](Record& r) { r.predecessors[0].name.clear(); }},
        };
        for (const auto& [damage, expected] : deeper) {
            Value record = good;
            damage(record);
            Record rest = full_record();
            expected(rest);
            expect_record(record, rest, record_file);
        }
    }

    void a_use_of_unknown_time_counts_as_one_that_may_be_ours() {
        Value record = parsed("record-1.1.json");
        record.set("tried", "last week");
        write_text(record_file, json::write(record));
        CPPUNIT_ASSERT(must(store->look()).record->tried == unknown_time());
        record.erase("tried");
        write_text(record_file, json::write(record));
        CPPUNIT_ASSERT(!must(store->look()).record->tried);
    }

    void a_wrong_member_of_an_intent_is_dropped_alone_and_is_named() {
        const Value good = parsed("intents-1.1.json");
        for (const auto& [name, value] : good.find("intents")->items()[0].members()) {
            std::vector<Value> wrong = wrong_values(value);
            if (value.is_string()) wrong.emplace_back("\n");
            for (const Value& each : wrong) {
                Value intents = good;
                intents.find("intents")->items()[0].set(name, each);
                expect_intent_without(intents, name, '"' + name + '"');
            }
            Value intents = good;
            intents.find("intents")->items()[0].erase(name);
            const bool may_be_absent = name == "keepers" || name == "answered" || name == "machine";
            expect_intent_without(intents, name, may_be_absent ? "" : '"' + name + '"');
        }
        Value intents = good;
        intents.find("intents")->items()[0].find("seen")->push("no/id");
        expect_intent_without(intents, "", "\"seen\"");
        // The name is not the one of the key that was asked for.
        intents = good;
        intents.find("intents")->items()[0].set("name", "flee");
        expect_intent_without(intents, "", "\"name\"");
    }

    void an_intent_that_lost_what_makes_it_certain_is_not_certain() {
        for (const char* name :
             {"sent_expiry", "sent_inactivity_timeout", "recognisable", "started", "seen"}) {
            Value intents = parsed("intents-1.1.json");
            Value& exact = intents.find("intents")->items()[0];
            exact.set("key_name", "fleet");
            Value rotation = exact;
            rotation.set("key_name", "fleet.rot-3-0badcafe");
            intents.find("intents")->push(std::move(rotation));
            for (Value& each : intents.find("intents")->items())
                each.set(name, 7);
            write_text(intents_file, json::write(intents));
            const auto view = must(store->look());
            CPPUNIT_ASSERT_EQUAL(std::size_t{2}, view.intents.size());
            CPPUNIT_ASSERT_MESSAGE(name, !view.intents[0].recognisable);
            // A rotation's name is recognized by itself, whenever it was made.
            const bool by_name = std::string(name) == "started" || std::string(name) == "seen";
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, by_name, view.intents[1].recognisable);
        }
    }

    void an_intent_by_which_nothing_can_be_known_is_missed() {
        const std::vector<std::string> lost[] = {
            {"answered", "key_name"}, {"answered", "user", "user_id"}, {"answered", "user"}};
        for (const auto& names : lost) {
            Value intents = parsed("intents-1.1.json");
            for (const std::string& name : names)
                intents.find("intents")->items()[0].set(name, 7);
            write_text(intents_file, json::write(intents));
            const auto view = must(store->look());
            const bool known = names.back() == "user";
            CPPUNIT_ASSERT_EQUAL(known ? std::size_t{1} : std::size_t{0}, view.intents.size());
            CPPUNIT_ASSERT_EQUAL(known, view.intents_complete);
            must_contain(view.warnings.at(0), '"' + names.back() + '"');
        }
        Value intents = parsed("intents-1.1.json");
        intents.set("intents", Value::object());
        write_text(intents_file, json::write(intents));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.intents.empty() && !view.intents_complete);
        must_contain(view.warnings.at(0), "\"intents\"");
    }

    void what_was_read_with_damage_is_written_and_read_the_same() {
        const Value record = parsed("record-1.1.json"), intents = parsed("intents-1.1.json");
        for (const auto& [name, value] : record.members()) {
            Value damaged = record;
            damaged.set(name, 7);
            write_text(record_file, json::write(damaged));
            const auto view = must(store->look());
            if (!view.record) continue;
            must(store->put_record(*view.record), name);
            CPPUNIT_ASSERT_MESSAGE(name, must(store->look()).record == view.record);
        }
        for (const auto& [name, value] : intents.find("intents")->items()[0].members()) {
            Value damaged = intents;
            damaged.find("intents")->items()[0].set(name, 7);
            write_text(intents_file, json::write(damaged));
            const auto view = must(store->look());
            must(store->put_intents(view.intents), name);
            CPPUNIT_ASSERT_MESSAGE(name, must(store->look()).intents == view.intents);
        }
    }

    void a_cut_record_is_a_warning() {
        const std::string text = read_text(data + "/record-1.json");
        for (std::size_t length = 0; length + 2 < text.size(); length += 3) {
            write_text(record_file, text.substr(0, length));
            const auto view = must(store->look());
            CPPUNIT_ASSERT(!view.record);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, view.warnings.size());
        }
    }

    void good_intents_survive_a_bad_neighbour() {
        Value intents = parsed("intents-1.json");
        Value& list = *intents.find("intents");
        const Value good = list.items()[0];
        for (const char* name : {"answered", "key_name"})
            list.items()[0].erase(name);
        list.push(good);
        list.push(7);
        write_text(intents_file, json::write(intents));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.intents == std::vector{intent_of("/intents-1.json")});
        CPPUNIT_ASSERT(!view.intents_complete);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, view.warnings.size());
        must_contain(view.warnings[0], "entries: 1");
    }

    void a_damaged_record_is_replaced_by_the_next_one() {
        write_text(record_file, "{");
        write_text(intents_file, "{");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, must(store->look()).warnings.size());
        must(store->put_record(full_record()));
        must(store->put_intents({full_intent()}));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.warnings.empty() && view.record == full_record());
    }

    void what_could_not_be_read_again_is_not_written() {
        must(store->put_record(full_record()));
        Record record = full_record();
        record.secret_digest = "not a digest";
        CPPUNIT_ASSERT_EQUAL(Code::internal, must_fail(store->put_record(record)).code);
        record = full_record();
        record.user = std::string(300u << 10, 'u');
        CPPUNIT_ASSERT_EQUAL(Code::internal, must_fail(store->put_record(record)).code);
        Intent intent = full_intent();
        intent.user = std::string(9u << 20, 'u');
        CPPUNIT_ASSERT_EQUAL(Code::internal, must_fail(store->put_intents({intent})).code);
        CPPUNIT_ASSERT_EQUAL(Code::internal,
                             must_fail(store->put_new_secret(Secret("no key"))).code);
        CPPUNIT_ASSERT(must(store->look()).record == full_record());
        // Ten thousand rows that existed before are no problem.
        intent = full_intent();
        for (int i = 0; i < 10000; ++i)
            intent.seen.insert(server_id("4nBqPs" + std::to_string(i)));
        must(store->put_intents({intent, intent, intent}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, must(store->look()).intents.size());
    }

    void no_secret_is_in_them() {
        const Secret secret(fake_key());
        Record record = full_record();
        record.secret_digest = store->digest_of(secret);
        must(store->put_record(record));
        const std::string text = read_text(record_file);
        must_not_contain(text, std::string(10, 'a'));
        must_not_contain(text, std::string(24, 'b'));
    }

private:
    static Value parsed(const std::string& name) {
        return must(json::read(read_text(data + "/" + name)));
    }
    /// Values of every other kind, and null.
    static std::vector<Value> wrong_values(const Value& good) {
        std::vector<Value> out;
        for (Value& one :
             std::vector<Value>{nullptr, true, 7, 1.5, "text", Value::array(), Value::object()})
            if (one.kind() != good.kind()) out.push_back(std::move(one));
        return out;
    }
    /// What each version wrote of the members that it knew.
    static Record record_of(const std::string& name) {
        Record out = full_record();
        if (name == "/record-1.json") out.machine.clear();
        return out;
    }
    static Intent intent_of(const std::string& name) {
        Intent out = full_intent();
        if (name == "/intents-1.json") out.machine.clear();
        return out;
    }
    /// The record is read without `name`. The warning contains `words`, or there is none.
    void expect_without(const Value& record, const std::string& name, const std::string& words) {
        Record rest = full_record();
        if (name == "user") rest.user.clear();
        if (name == "user_id") rest.user_id.clear();
        if (name == "name") rest.name = "fleet"; // the key's own name restores it
        if (name == "key_name") rest.key_name.clear();
        if (name == "created") rest.created.reset();
        if (name == "asked") rest.asked.reset();
        if (name == "keepers") rest.keepers.reset();
        if (name == "secret_digest") rest.secret_digest.clear();
        if (name == "tried") rest.tried = unknown_time();
        if (name == "never tried") rest.tried.reset();
        if (name == "predecessors") rest.predecessors.clear();
        if (name == "machine") rest.machine.clear();
        expect_record(record, rest, words);
    }
    void expect_record(const Value& record, const Record& expected, const std::string& words) {
        write_text(record_file, json::write(record));
        const auto view = must(store->look(), words);
        CPPUNIT_ASSERT_MESSAGE(words, view.record == expected);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(words, std::size_t{words.empty() ? 0u : 1u},
                                     view.warnings.size());
        if (words.empty()) return;
        must_contain(view.warnings[0], words, json::write(record));
        must_contain(view.warnings[0], record_file);
    }
    void expect_intent_without(const Value& intents, const std::string& name,
                               const std::string& words) {
        Intent rest = full_intent();
        if (name == "host") rest.host.clear();
        if (name == "user") rest.user.clear();
        if (name == "user_id") rest.user_id.clear();
        if (name == "key_name") rest.key_name.clear();
        if (name == "asked") rest.asked.reset();
        if (name == "sent_expiry") rest.sent_expiry = span("1s");
        if (name == "sent_inactivity_timeout") rest.sent_inactivity_timeout = span("1s");
        if (name == "recognisable" || name.starts_with("sent_") || name == "key_name")
            rest.recognisable = false;
        if (name == "started") rest.started = Timestamp::from_unix(0);
        if (name == "until") rest.until = unknown_time();
        if (name == "seen") rest.seen.clear();
        if (name == "predecessors") rest.predecessors.clear();
        if (name == "keepers") rest.keepers.reset();
        if (name == "answered") rest.answered.reset();
        if (name == "machine") rest.machine.clear();
        write_text(intents_file, json::write(intents));
        const auto view = must(store->look(), words);
        CPPUNIT_ASSERT_MESSAGE(words + json::write(intents), view.intents == std::vector{rest});
        CPPUNIT_ASSERT(view.intents_complete);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(words, std::size_t{words.empty() ? 0u : 1u},
                                     view.warnings.size());
        if (words.empty()) return;
        must_contain(view.warnings[0], words, json::write(intents));
        must_contain(view.warnings[0], intents_file);
    }
    void expect_damaged(const Value& record, const std::string& words) {
        write_text(record_file, json::write(record));
        const auto view = must(store->look(), words);
        CPPUNIT_ASSERT_MESSAGE(words, !view.record);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(words, std::size_t{1}, view.warnings.size());
        must_contain(view.warnings[0], words, json::write(record));
        must_contain(view.warnings[0], record_file);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoreRecordTest);

} // namespace
} // namespace infrastate
