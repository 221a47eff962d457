# SPDX-License-Identifier: Apache-2.0
"""The plays to start from for many keys: a fleet that changes over a few hosts at a time, new keys after a leak, the keys of
many clusters."""

import places

DAY = 24 * 3600


class FleetCase(places.PlaceCase):
    """Hosts that are all this machine, each with a folder. The program of each uses its key when it is restarted."""
    hosts = ("one", "two", "three")

    def setUp(self):
        super().setUp()
        for host in self.hosts:
            (self.scratch / host).mkdir()
        self.inventory = places.inventory(self.scratch, "applications", self.hosts)
        self.program = self.scratch / "restart"
        self.works()

    def works(self, but=()):
        """Restarting notes the host and uses its key once, but for these hosts."""
        self.program.write_text(f"""#!/bin/sh
echo "$1" >>'{self.scratch}/restarts'
case ' {" ".join(but)} ' in *" $1 "*) exit 0 ;; esac
exec curl -q -sS --fail --noproxy '*' --cacert "$INFRA_SERVER_CERTIFICATE_FILE" -H "Authorization: Bearer $(cat '{self.scratch}'/"$1"/app.key)" \\
    -H 'Infra-Version: 0.20.0' -o /dev/null "$INFRA_HOST/api/users/self"
""")
        self.program.chmod(0o755)

    def run_fleet(self, book, *arguments, fails=False, **more):
        variables = {**places.group("all"), **places.group("applications"), "application_secret_file": str(self.scratch) + "/{{ inventory_hostname }}/app.key",
                     "application_key_name": self.name + "-{{ inventory_hostname }}", "application_key_renew_splay": "0s",
                     "application_restart_command": f"{self.program} {{{{ inventory_hostname }}}}", "application_serial": 1,
                     "application_wait_retries": 2, "application_wait_delay": 1, **more}
        return self.run_play(book, *arguments, fails=fails, variables=variables, inventory=self.inventory)

    def restarts(self):
        notes = self.scratch / "restarts"
        return notes.read_text().split() if notes.exists() else []

    def secrets(self):
        return {host: self.secret_in(self.scratch / host / "app.key") for host in self.hosts}


class RollingTest(FleetCase):
    due = {"application_key_renew_before": "2150h", "application_key_overlap": "8h"}

    def test_each_host_has_a_key_and_changes_over_in_its_turn(self):
        self.run_fleet("fleet.yml")
        first = self.secrets()
        self.check_hidden(*first.values())
        self.assertEqual((len(set(first.values())), self.restarts()), (3, list(self.hosts)))
        self.assertTrue(self.unchanged(self.run_fleet("fleet.yml")))
        self.pass_time(DAY)
        self.run_fleet("fleet.yml", **self.due)
        second = self.secrets()
        self.assertEqual(self.restarts(), list(self.hosts) * 2)
        for host in self.hosts:
            self.assertNotEqual(first[host], second[host])
            self.assertEqual((self.status(first[host]), self.status(second[host])), (200, 200))

    def test_a_program_that_does_not_use_its_new_key_stops_the_play_before_the_next_host(self):
        self.run_fleet("fleet.yml")
        first = self.secrets()
        self.pass_time(DAY)
        self.works(but=["two"])
        self.run_fleet("fleet.yml", fails=True, **self.due)
        second = self.secrets()
        self.assertEqual({host for host in self.hosts if first[host] != second[host]}, {"one", "two"})
        self.assertEqual([self.status(secret) for secret in (*first.values(), *second.values())], [200] * 6)


class LeakTest(FleetCase):
    hosts = ("one", "two")

    def now(self):
        """The server's time, which the simulator can have moved."""
        answer, = self.play({"info": {**self.connection(), "user": "connector"}})
        return answer["server_time"]

    def test_old_keys_are_gone_at_once_those_of_an_overlap_too(self):
        self.run_fleet("fleet.yml")
        first = self.secrets()
        self.pass_time(DAY)
        self.run_fleet("fleet.yml", **RollingTest.due)
        second = self.secrets()
        self.pass_time(60)
        leak = self.now()
        self.run_fleet("rotate_after_leak.yml", leaked_before=leak)
        third = self.secrets()
        self.check_hidden(*third.values())
        for host in self.hosts:
            self.assertEqual([self.status(secrets[host]) for secrets in (first, second, third)], [401, 401, 200])
        self.assertEqual(sorted(self.restarts()[-2:]), ["one", "two"])
        self.assertTrue(self.unchanged(self.run_fleet("rotate_after_leak.yml", leaked_before=leak)))

    def test_a_moment_is_needed(self):
        for moment in ("", "now", "2027-01-31", "2027-01-31T12:00:00+01:00"):
            self.run_fleet("rotate_after_leak.yml", fails=True, leaked_before=moment)
            self.assertIn("Give a time in UTC, such as", self.output)
        self.assertEqual(self.restarts(), [])


class ClustersTest(places.PlaceCase):
    def keys(self, *clusters, fails=False, **more):
        return self.run_play("clusters.yml", fails=fails, variables={
            "clusters": [f"{self.name}-{each}" for each in clusters], "clusters_folder": str(self.scratch / "keys"), **more})

    def secret_of(self, cluster):
        return self.secret_in(self.scratch / "keys" / f"{self.name}-{cluster}.key")

    def test_each_cluster_has_a_key_of_its_own(self):
        self.keys("north", "south", "west")
        secrets = [self.secret_of(cluster) for cluster in ("north", "south", "west")]
        self.check_hidden(*secrets)
        self.assertEqual([self.status(secret) for secret in secrets], [200] * 3)
        self.assertIn(f"3 of 3 clusters have a new secret: {self.name}-north, ", self.output)
        self.assertTrue(self.unchanged(self.keys("north", "south", "west")))
        self.keys("north", "south", "west", "east")
        self.assertIn(f"1 of 4 clusters have a new secret: {self.name}-east", self.output)
        self.assertEqual([self.secret_of(cluster) for cluster in ("north", "south", "west")], secrets)

    def test_one_that_fails_keeps_no_other_from_its_key_and_is_named(self):
        foreign = self.created(self.connector, name=f"{self.name}-south-connector")
        self.keys("north", "south", "west", fails=True)
        self.assertIn(f"{self.name}-south: ", self.output)
        self.assertEqual((self.status(self.secret_of("north")), self.status(self.secret_of("west")), self.status(foreign["accessKey"])), (200, 200, 200))

    def test_a_list_that_names_none_or_one_twice_is_refused(self):
        for clusters in ((), ("north", "north")):
            self.keys(*clusters, fails=True)
            self.assertIn("clusters is the list of their names, each once", self.output)
        self.assertFalse((self.scratch / "keys").exists())
