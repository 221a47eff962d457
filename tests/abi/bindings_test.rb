# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Ruby's way to the library, on the server that the environment names. Run by test_bindings_ruby.py.
require "logger"
require "minitest/autorun"
require "pp"
require "stringio"
require "yaml"
require "infrastate"

class BindingTest < Minitest::Test
  KEY = /\A[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}\z/.freeze
  @@count = 0

  def options(**more)
    { host: ENV.fetch("INFRA_TEST_URL"), access_key: ENV.fetch("INFRA_TEST_ADMIN_KEY"),
      server_certificate_file: ENV.fetch("INFRA_TEST_CA_FILE") }.merge(more)
  end

  def new_name
    "ruby-#{Process.pid}-#{@@count += 1}"
  end

  def test_a_key_is_planned_made_and_found_unchanged
    Infrastate::Client.open(**options) do |client|
      desired = { name: new_name, expires_in: "2h" }
      plan = client.plan("access_key", desired)
      assert plan.changed?
      assert_equal ["create"], plan.actions
      made = client.apply("access_key", desired)
      assert_match KEY, made.secret.reveal
      refute client.apply("access_key", desired, timeout: 20).changed?
      assert_includes client.info("access_key")["keys"].map { |key| key["id"] }, made.resource["id"]
    end
  end

  def test_no_way_of_printing_shows_a_secret
    Infrastate::Client.open(**options) do |client|
      result = client.apply("access_key", { name: new_name })
      text = result.secret.reveal
      printed = [result.inspect, result.to_s, result.secret.inspect, result.secret.to_s, "#{result.secret}", result.to_h.inspect,
                 result.pretty_inspect, JSON.generate(result.to_h), client.inspect, client.pretty_inspect]
      printed.each { |each| refute_includes each, text }
      printed.each { |each| refute_includes each, options[:access_key] }
      assert_raises(TypeError) { Marshal.dump(result.secret) }
      assert_raises(TypeError) { Marshal.dump(client) }
      assert_raises(TypeError) { YAML.dump(result.secret) }
    end
  end

  def test_codes_are_exceptions
    Infrastate::Client.open(**options) do |client|
      error = assert_raises(Infrastate::ArgumentError) { client.plan("access_key", { name: "?" }) }
      assert_equal ["name", "ARGUMENT", "none", false], [error.field, error.code, error.outcome, error.retryable?]
      assert_raises(Infrastate::NotFound) { client.plan("access_key", { name: new_name, user: "nobody@example.com" }) }
    end
    assert_raises(Infrastate::TransportError) do
      Infrastate::Client.open(**options(host: "https://localhost:1", retries: 0)) { |client| client.plan("access_key", { name: new_name }) }
    end
    assert_raises(Infrastate::ArgumentError) { Infrastate::Client.open(hots: "x") }
  end

  def test_a_batch_has_an_outcome_for_each
    Infrastate::Client.open(**options) do |client|
      batch = client.apply_all([{ resource: "access_key", desired: { name: new_name } }, { resource: "access_key", desired: { name: "?" } }])
      refute batch.ok?
      assert_equal %w[OK ARGUMENT], batch.map(&:code)
      assert_nil batch[0].error
      assert_instance_of Infrastate::ArgumentError, batch[1].error
    end
  end

  def test_a_closed_client_is_gone
    client = Infrastate::Client.open(**options)
    client.close
    client.close
    assert client.closed?
    assert_raises(IOError) { client.plan("access_key", { name: new_name }) }
  end

  def test_a_token_cancels
    cancel = Infrastate::Cancel.new
    Infrastate::Client.open(**options) do |client|
      cancel.set
      assert_raises(Infrastate::Cancelled) { client.plan("access_key", { name: new_name }, cancel: cancel) }
    end
    cancel.close
    cancel.set
  end

  def test_a_logger_hears_what_happens
    text = StringIO.new
    Infrastate::Client.open(logger: Logger.new(text), **options) do |client|
      result = client.apply("access_key", { name: new_name })
      assert_match(%r{POST /api/access-keys: 201}, text.string)
      refute_includes text.string, result.secret.reveal
    end
  end

  def test_an_exception_in_a_logger_does_not_reach_the_library
    broken = Object.new
    def broken.method_missing(*)
      raise "no log today"
    end
    def broken.respond_to_missing?(*)
      true
    end
    Infrastate::Client.open(logger: broken, **options) { |client| assert client.plan("access_key", { name: new_name }).ok? }
  end

  def test_a_child_is_refused_and_the_parent_goes_on
    client = Infrastate::Client.open(**options)
    key = new_name
    client.plan("access_key", { name: key })
    child = fork do
      code = begin
        client.plan("access_key", { name: key })
        1
      rescue Infrastate::Forked
        0
      end
      client.close
      exit!(code)
    end
    Process.wait(child)
    assert $?.success?
    assert client.plan("access_key", { name: key }).ok?
    client.close
  end

  def test_forgotten_clients_are_freed
    before = Dir.children("/proc/self/fd").size
    50.times { Infrastate::Client.open(**options).plan("access_key", { name: new_name }) }
    3.times { GC.start }
    assert_operator Dir.children("/proc/self/fd").size, :<, before + 50
  end

  def test_threads_share_a_client
    Infrastate::Client.open(**options) do |client|
      results = 4.times.map { Thread.new { 5.times.map { client.plan("access_key", { name: "shared" }).ok? } } }.flat_map(&:value)
      assert_equal [true] * 20, results
    end
  end

  def test_versions_and_description
    assert_match(/\A\d+\.\d+\.\d+\z/, Infrastate.version)
    assert_equal 1, Infrastate.describe["abi"]["major"]
    specification = Gem::Specification.load(ENV.fetch("INFRASTATE_GEMSPEC"))
    assert_equal Infrastate.version, specification.version.to_s
    assert_includes specification.files, "lib/infrastate.rb"
  end
end
