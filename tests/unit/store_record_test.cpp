// SPDX-License-Identifier: Apache-2.0
// Record and intents: what is written is read again, by this version and by every later one; what
// is damaged is a warning and never a failure.
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
    CPPUNIT_TEST(optional_members_may_be_absent);
    CPPUNIT_TEST(the_record_of_version_1_is_read_for_ever);
    CPPUNIT_TEST(the_intents_of_version_1_are_read_for_ever);
    CPPUNIT_TEST(unknown_members_of_a_newer_minor_are_ignored);
    CPPUNIT_TEST(a_newer_major_counts_as_damaged);
    CPPUNIT_TEST(every_wrong_member_of_a_record_is_damage_and_is_named);
    CPPUNIT_TEST(every_wrong_member_of_an_intent_is_damage_and_is_named);
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

    void optional_members_may_be_absent() {
        Record record = full_record();
        record.asked.reset();
        record.keepers.reset();
        record.tried.reset();
        record.predecessors.clear();
        Intent intent = full_intent();
        intent.asked.expires_at.reset();
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
        // The file is never regenerated: it is what version 1.0 wrote.
        write_text(record_file, read_text(data + "/record-1.json"));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.warnings.empty());
        CPPUNIT_ASSERT(view.record == full_record());
    }

    void the_intents_of_version_1_are_read_for_ever() {
        write_text(intents_file, read_text(data + "/intents-1.json"));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.warnings.empty());
        CPPUNIT_ASSERT(view.intents == std::vector{full_intent()});
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
        CPPUNIT_ASSERT(view.record == full_record());
        CPPUNIT_ASSERT(view.intents == std::vector{full_intent()});
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

    void every_wrong_member_of_a_record_is_damage_and_is_named() {
        const Value good = parsed("record-1.json");
        for (const auto& [name, value] : good.members()) {
            if (name == "format") continue;
            for (const Value& wrong : wrong_values(value)) {
                Value record = good;
                record.set(name, wrong);
                expect_damaged(record, '"' + name + '"');
            }
            const bool may_be_absent = name == "asked" || name == "keepers" || name == "tried";
            Value record = good;
            record.erase(name);
            if (!may_be_absent) expect_damaged(record, '"' + name + '"');
        }
        const std::function<void(Value&)> breaks[] = {
            [](Value& r) { r.set("format", "infrastate intents"); },
            [](Value& r) { r.erase("format"); },
            [](Value& r) { r.set("id", "no/id"); },
            [](Value& r) { r.set("created", "yesterday"); },
            [](Value& r) { r.set("tried", "2026-11-23"); },
            [](Value& r) { r.set("secret_digest", std::string(63, 'd')); },
            [](Value& r) { r.set("secret_digest", std::string(64, 'D')); },
            [](Value& r) { r.find("asked")->set("expires_in", "soon"); },
            [](Value& r) { r.find("asked")->set("expires_at", "2027-11-23T00:00:00Z"); },
            [](Value& r) { r.find("asked")->erase("inactivity_timeout"); },
            [](Value& r) { r.find("asked")->set("inactivity_timeout", "0s"); },
            [](Value& r) { r.find("predecessors")->push("4nBqPsWcdEe"); },
            [](Value& r) { r.find("predecessors")->items()[0].erase("id"); },
            [](Value& r) { r.find("predecessors")->items()[0].set("user", nullptr); },
            [](Value& r) { r = Value::array(); },
            [](Value& r) { r = Value("infrastate record"); },
        };
        for (const auto& damage : breaks) {
            Value record = good;
            damage(record);
            expect_damaged(record, record_file);
        }
    }

    void every_wrong_member_of_an_intent_is_damage_and_is_named() {
        const Value good = parsed("intents-1.json");
        for (const auto& [name, value] : good.find("intents")->items()[0].members()) {
            for (const Value& wrong : wrong_values(value)) {
                Value intents = good;
                intents.find("intents")->items()[0].set(name, wrong);
                expect_damaged_intents(intents, '"' + name + '"');
            }
            const bool may_be_absent = name == "keepers" || name == "answered";
            Value intents = good;
            intents.find("intents")->items()[0].erase(name);
            if (!may_be_absent) expect_damaged_intents(intents, '"' + name + '"');
        }
        Value intents = good;
        intents.find("intents")->items()[0].find("seen")->push("no/id");
        expect_damaged_intents(intents, "\"seen\"");
        intents = good;
        intents.set("intents", Value::object());
        expect_damaged_intents(intents, "\"intents\"");
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
        list.items()[0].erase("until");
        list.push(good);
        list.push(7);
        write_text(intents_file, json::write(intents));
        const auto view = must(store->look());
        CPPUNIT_ASSERT(view.intents == std::vector{full_intent()});
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, view.warnings.size());
        must_contain(view.warnings[0], "(1)");
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
        // Ten thousand rows that were there before are no trouble.
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
    /// Of every other kind, and null.
    static std::vector<Value> wrong_values(const Value& good) {
        std::vector<Value> out;
        for (Value& one :
             std::vector<Value>{nullptr, true, 7, 1.5, "text", Value::array(), Value::object()})
            if (one.kind() != good.kind()) out.push_back(std::move(one));
        return out;
    }
    void expect_damaged(const Value& record, const std::string& words) {
        write_text(record_file, json::write(record));
        const auto view = must(store->look(), words);
        CPPUNIT_ASSERT_MESSAGE(words, !view.record);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(words, std::size_t{1}, view.warnings.size());
        must_contain(view.warnings[0], words, json::write(record));
        must_contain(view.warnings[0], record_file);
    }
    void expect_damaged_intents(const Value& intents, const std::string& words) {
        write_text(intents_file, json::write(intents));
        const auto view = must(store->look(), words);
        CPPUNIT_ASSERT_MESSAGE(words, view.intents.empty());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(words, std::size_t{1}, view.warnings.size());
        must_contain(view.warnings[0], words, json::write(intents));
        must_contain(view.warnings[0], intents_file);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StoreRecordTest);

} // namespace
} // namespace infrastate
