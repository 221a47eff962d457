// SPDX-License-Identifier: Apache-2.0
#include "theme.h"

#include <algorithm>
#include <utility>

namespace infrastate::explore {
namespace {

using plan::State;

constexpr std::int64_t minute = 60, hour = 3600, day = 24 * hour;
constexpr std::array<const char*, static_cast<std::size_t>(Theme::count_)> names{
    "none",          "absent",        "two_servers", "two_tasks", "callers",      "own_key",
    "user_anew",     "field_damaged", "names",       "neutral",   "after_delete", "folder",
    "others_secret", "unnamed",       "overlap",     "now"};

KeyName key_name(const std::string& text) {
    return KeyName::parse(text).value();
}

class Writer {
public:
    explicit Writer(Draft& draft) : out_(draft.out), random_(draft.random), now_(draft.now) {}

    void prepare(Theme theme) {
        Task& first = out_.tasks.front();
        switch (theme) {
        case Theme::absent:
        case Theme::two_servers:
        case Theme::field_damaged:
        case Theme::folder:
        case Theme::after_delete:
            on_disk(first);
            break;
        case Theme::others_secret:
            on_disk(first);
            if (random_.chance(40)) first.vault = true;
            break;
        case Theme::two_tasks: {
            on_disk(first);
            Task second = first;
            if (random_.chance(70))
                second.desired.name = key_name("api");
            else
                second.desired.user = "dev@example.com";
            out_.tasks.push_back(second);
            break;
        }
        case Theme::callers:
            for (Task& each : out_.tasks) {
                if (random_.chance(60)) each.caller = any_caller();
                if (random_.chance(50)) each.desired.user = any_user();
            }
            break;
        case Theme::own_key:
            if (random_.chance(80)) first.desired.user = "admin";
            if (random_.chance(30)) first.desired.adopt = plan::Adopt::replace;
            break;
        case Theme::user_anew:
            on_disk(first);
            first.desired.user = "dev@example.com";
            break;
        case Theme::names:
            on_disk(first);
            if (random_.chance(60))
                first.desired.name =
                    key_name(std::string(static_cast<std::size_t>(random_.between(226, 240)), 'n'));
            if (random_.chance(70) && first.desired.recreate != plan::Recreate::always &&
                !first.desired.renew_before)
                first.desired.overlap = Duration::from_seconds(30);
            break;
        case Theme::neutral:
            for (Task& each : out_.tasks)
                each.neutral = true;
            break;
        case Theme::unnamed:
            unname();
            break;
        case Theme::overlap:
            on_disk(first);
            first.vault = false;
            first.desired.recreate = plan::Recreate::state_change;
            first.desired.renew_before.reset();
            first.desired.renew_splay.reset();
            first.desired.overlap = Duration::from_seconds(random_.between(20, 120));
            if (random_.chance(70)) first.desired.verify = plan::Verify::always;
            break;
        case Theme::now:
            if (random_.chance(80)) on_disk(first);
            if (random_.chance(50)) first.desired.overlap = Duration::from_seconds(30);
            break;
        case Theme::none:
        case Theme::count_:
            break;
        }
    }

    void play(Theme theme) {
        switch (theme) {
        case Theme::absent:
            return absent();
        case Theme::two_servers:
            return two_servers();
        case Theme::two_tasks:
            return two_tasks();
        case Theme::callers:
            return callers();
        case Theme::own_key:
            return own_key();
        case Theme::user_anew:
            return user_anew();
        case Theme::field_damaged:
            return field_damaged();
        case Theme::names:
            return long_names();
        case Theme::after_delete:
            return after_delete();
        case Theme::folder:
            return folder();
        case Theme::others_secret:
            if (task_has_both() && random_.chance(70)) run(); // then the file is good
            give_others_secret();
            if (task_has_both()) edit([&](Task& each) { change_something(each); });
            return run(random_.chance(40) ? unclear_tries() : std::vector<Fault>{});
        case Theme::neutral:
            run();
            return run();
        case Theme::unnamed:
            return unnamed();
        case Theme::overlap:
            return overlap();
        case Theme::now:
            return now();
        case Theme::none:
        case Theme::count_:
            return;
        }
    }

private:
    static void on_disk(Task& task) {
        if (task.path.empty()) task.path = "/etc/web.key";
    }

    Caller::Kind any_caller() {
        return static_cast<Caller::Kind>(
            random_.below(static_cast<std::int64_t>(Caller::Kind::row)));
    }
    std::string any_user() {
        return random_.pick(std::vector<std::string>{"connector", "dev@example.com", "admin"});
    }

    Step& add(Step::Kind kind) {
        Step step;
        step.kind = kind;
        step.seed = random_.next();
        out_.steps.push_back(std::move(step));
        return out_.steps.back();
    }
    void run(std::vector<Fault> faults = {}, int task = 0, Millis timeout = 30'000) {
        Step& step = add(Step::Kind::run);
        step.check_first = random_.chance(50);
        step.actors.push_back(Actor{task, 0, timeout, std::move(faults)});
        wait(random_.between(100, 4000));
    }
    void wait(Millis span) { add(Step::Kind::wait).span = span; }
    template <class Change>
    void edit(const Change& change, int task = 0) {
        Task& edited = now_.at(static_cast<std::size_t>(task));
        change(edited);
        Step& step = add(Step::Kind::edit);
        step.task = task;
        step.edited = edited;
    }
    Step& deed(Deed what) {
        Step& step = add(Step::Kind::deed);
        step.deed = what;
        return step;
    }
    void make(const std::string& user, const std::string& name, int site = 0,
              std::int64_t life = 40 * day) {
        Step& step = deed(Deed::make);
        step.user = user;
        step.name = name;
        step.site = site;
        step.lifetime = step.inactivity = life * 1000;
    }
    void damage(Damage what) { add(Step::Kind::damage).damage = what; }
    const plan::Desired& task() const { return now_.front().desired; }
    bool task_has_both() const { return now_.front().vault && !now_.front().path.empty(); }

    std::vector<Fault> unclear_tries() {
        const int nth = random_.chance(60) ? every : static_cast<int>(random_.below(2));
        return {{Where::attempt, nth, random_.chance(50) ? What::failed : What::lost, 0}};
    }

    void change_something(Task& task) {
        task.desired.inactivity_timeout =
            Duration::from_seconds(random_.between(2 * hour, 100 * hour));
    }

    void give_others_secret() {
        const std::int64_t roll = random_.below(100);
        const int site = roll < 25 ? 1 : 0;
        const std::string user = random_.chance(50) ? task().user : any_user();
        const bool family = roll >= 85;
        const std::string name = family ? task().name.text() : "key-of-others";
        const std::int64_t life = random_.chance(20) ? minute : 40 * day;
        make(family ? task().user : user, name, site, life);
        Step& give = deed(Deed::give);
        give.name = name;
        give.site = site;
        if (life == minute && random_.chance(70)) wait(random_.between(30, 90) * 1000);
    }

    void absent() {
        if (random_.chance(85)) run();
        const std::string before = task().name.text();
        switch (random_.below(7)) {
        case 0:
            damage(Damage::record_gone);
            break;
        case 1:
            damage(Damage::record_broken);
            break;
        case 2:
            damage(Damage::file_wrong);
            if (random_.chance(50)) damage(Damage::record_gone);
            break;
        case 3:
        case 4:
            give_others_secret();
            break;
        case 5: // settled under another name
            edit([](Task& each) { each.desired.name = key_name("renamed"); });
            run();
            if (random_.chance(60)) run();
            break;
        default:
            break;
        }
        edit([&](Task& each) {
            each.desired.state = State::absent;
            const std::int64_t roll = random_.below(100);
            if (roll < 20) each.desired.name = key_name("another");
            if (roll >= 20 && roll < 50) each.desired.name = key_name(before);
            if (roll >= 85)
                each.desired.id =
                    ServerId::parse("k" + std::to_string(random_.between(1, 3))).value();
        });
        run(random_.chance(35) ? unclear_tries() : std::vector<Fault>{});
        if (random_.chance(50)) {
            edit([&](Task& each) {
                each.desired.state = State::present;
                each.desired.id.reset();
            });
            run();
        }
    }

    void two_servers() {
        run();
        const bool alias = random_.chance(40);
        const auto move = [&](Task& each) {
            if (alias)
                each.alias = !each.alias;
            else
                each.site = 1 - each.site;
            if (random_.chance(20)) each.desired.state = State::absent;
        };
        if (alias && random_.chance(15)) deed(Deed::remove_held);
        edit(move);
        run();
        if (random_.chance(60)) {
            edit([&](Task& each) {
                move(each);
                each.desired.state = State::present;
            });
            run();
        }
    }

    void two_tasks() {
        const int second = static_cast<int>(out_.tasks.size()) - 1;
        for (std::int64_t i = random_.between(2, 4); i > 0; --i) {
            run();
            if (random_.chance(30)) run();
            run({}, second);
        }
    }

    void callers() {
        run();
        if (random_.chance(40)) add(Step::Kind::ask);
        edit([&](Task& each) {
            if (random_.chance(60)) each.caller = any_caller();
            const std::int64_t roll = random_.below(100);
            if (roll < 30) each.desired.state = State::absent;
            if (roll >= 30 && roll < 70) change_something(each);
            if (roll >= 70 && roll < 85) each.desired.user = any_user();
        });
        run();
        if (random_.chance(40)) add(Step::Kind::ask);
    }

    void own_key() {
        const std::string exact = task().name.text();
        const bool rotated = random_.chance(40);
        const std::string own = rotated ? exact + ".rot-2-0badcafe" : exact;
        make(task().user, own);
        if (random_.chance(50)) make(task().user, rotated ? exact : exact + ".rot-1-0badcafe");
        Step& step = deed(Deed::hand_out);
        step.name = own;
        if (random_.chance(60)) edit([](Task& each) { each.desired.state = State::absent; });
        run();
        if (random_.chance(30)) run();
    }

    void user_anew() {
        run();
        if (random_.chance(30)) wait(random_.between(1, 100) * 1000);
        Step& step = deed(Deed::remake_user);
        step.user = task().user;
        if (random_.chance(60)) make(task().user, task().name.text());
        if (random_.chance(30)) edit([](Task& each) { each.desired.state = State::absent; });
        run();
        if (random_.chance(30)) run();
    }

    void field_damaged() {
        if (random_.chance(50)) make(task().user, "other");
        run();
        if (random_.chance(50)) make(task().user, "another");
        wait(random_.between(1, 60) * 1000);
        for (std::int64_t i = random_.between(1, 2); i > 0; --i) {
            damage(Damage::record_field);
            if (random_.chance(15)) edit([](Task& each) { each.desired.state = State::absent; });
            run();
        }
    }

    void long_names() {
        if (random_.chance(60)) run();
        const std::vector<std::string> numbers{"99", "999999997", "999999998", "999999999",
                                               "12345678901"};
        // After a number of all nines the next name has one character more.
        constexpr std::size_t longest = 256, rest = 14, too_long_to_rotate = 234;
        const std::size_t length = task().name.text().size();
        const std::string number = length < too_long_to_rotate
                                       ? random_.pick(numbers)
                                       : std::string(longest - rest - length, '9');
        const std::string high = task().name.text() + ".rot-" + number + "-0123abcd";
        if (high.size() <= 256) make(task().user, high);
        run();
        for (std::int64_t i = random_.between(1, 3); i > 0; --i) {
            edit([&](Task& each) { change_something(each); });
            run();
        }
        if (random_.chance(30)) {
            edit([](Task& each) { each.desired.state = State::absent; });
            run();
        }
    }

    void after_delete() {
        run();
        edit([&](Task& each) {
            each.desired.overlap.reset();
            change_something(each);
        });
        const std::vector<What> kinds{What::too_many, What::failed, What::no_connection,
                                      What::blip};
        if (random_.chance(25)) { // no answer to the DELETE arrives
            const std::vector<What> lost{What::lost, What::acted, What::failed, What::failed_acted};
            run({{Where::remove, 0, random_.pick(lost), random_.between(1, 20)}});
            return run();
        }
        const What what = random_.pick(kinds);
        Fault fault{Where::post, 0, what, 0};
        if (what != What::blip) fault.times = static_cast<int>(random_.between(1, 12));
        fault.amount = random_.between(0, 20);
        if (random_.chance(50)) fault.retry_after = static_cast<int>(random_.between(1, 15));
        run({fault}, 0, random_.pick(std::vector<Millis>{10'000, 30'000, 120'000}));
    }

    void folder() {
        if (random_.chance(70)) run();
        add(random_.chance(60) ? Step::Kind::shut : Step::Kind::bar);
        if (random_.chance(70))
            edit([&](Task& each) {
                if (random_.chance(60))
                    each.desired.state = State::absent;
                else
                    change_something(each);
            });
        run();
        if (random_.chance(50)) {
            add(Step::Kind::mend);
            run();
        }
    }

    /// Makes all tasks unnamed. One more machine may become a copy of the first.
    void unname() {
        constexpr int machines = 3;
        for (Task& each : out_.tasks) {
            on_disk(each);
            each.unnamed = true;
            each.vault = false;
        }
        if (static_cast<int>(out_.tasks.size()) < machines && random_.chance(60)) {
            Task copy = out_.tasks.front();
            copy.machine = static_cast<int>(out_.tasks.size());
            out_.tasks.push_back(copy);
        }
    }

    void unnamed() {
        const int last = static_cast<int>(out_.tasks.size()) - 1;
        run(random_.chance(20) ? std::vector<Fault>{{Where::write, 3, What::crash_after, 0}}
                               : std::vector<Fault>{});
        for (std::int64_t i = random_.between(1, 3); i > 0; --i) {
            const std::int64_t roll = random_.below(100);
            if (roll < 50 && last > 0) {
                Step& step = add(Step::Kind::clone);
                step.target = last;
                if (random_.chance(70)) run({}, last);
            } else if (roll < 75) {
                edit([](Task& each) { each.alias = !each.alias; });
            } else if (roll < 90) {
                edit([&](Task& each) { change_something(each); }, random_.chance(50) ? last : 0);
            } else {
                edit([](Task& each) { each.desired.state = State::absent; }, last);
            }
            run();
        }
    }

    void overlap() {
        run();
        add(Step::Kind::reload);
        edit([&](Task& each) { change_something(each); });
        run();
        const std::int64_t span = task().overlap ? task().overlap->seconds() : minute;
        for (std::int64_t i = random_.between(2, 4); i > 0; --i) {
            wait(random_.between(span / 2, span * 2) * 1000);
            if (random_.chance(25)) add(Step::Kind::reload);
            add(Step::Kind::use);
            wait(random_.between(0, 15) * 1000);
            run(random_.chance(15) ? unclear_tries() : std::vector<Fault>{}, 0,
                random_.chance(50) ? 10'000 : 30'000);
        }
    }

    void now() {
        run();
        if (random_.chance(50)) wait(random_.between(1, 100) * 1000);
        const int who = random_.chance(70) ? 0 : static_cast<int>(out_.tasks.size()) - 1;
        edit(
            [](Task& each) {
                each.desired.rotate_if_created_before.reset();
                each.desired.rotate_now = true;
            },
            who);
        run({}, who);
        if (random_.chance(50)) run({}, who);
        if (random_.chance(20)) return;
        edit([](Task& each) { each.desired.rotate_now = false; }, who);
        run({}, who);
    }

    Scenario& out_;
    Random& random_;
    std::vector<Task>& now_;
};

} // namespace

std::string name(Theme value) {
    return names.at(static_cast<std::size_t>(value));
}

std::optional<Theme> theme_named(const std::string& text) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<Theme>(found - names.begin());
}

void prepare_theme(Theme theme, Draft& draft) {
    Writer(draft).prepare(theme);
}

void play_theme(Theme theme, Draft& draft) {
    Writer(draft).play(theme);
}

} // namespace infrastate::explore
