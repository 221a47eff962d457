# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# The Ruby binding: calls, results, loggers. Run by test_bindings_ruby.py.
require_relative "bindings_support"
require "logger"
require "stringio"

class CallTest < BindingTest
  def test_a_key_is_planned_made_and_found_unchanged
    with_client do |client|
      desired = { name: new_name, expires_in: "2h" }
      plan = client.plan("access_key", desired)
      assert plan.changed?
      assert_equal ["create"], plan.actions
      made = client.apply("access_key", desired)
      assert_match KEY, made.secret.reveal
      refute client.apply("access_key", desired, timeout: 20).changed?
      assert_includes client.info("access_key")["access_keys"].map { |key| key["id"] }, made.resource["id"]
    end
  end

  def test_what_every_result_has_is_a_method_that_is_documented
    source = File.read(Infrastate::Result.instance_method(:summary).source_location[0])
    names = Infrastate.describe["abi"]["results"]["result"].map { |field| field["name"] }
    refute_empty names
    names.each do |name|
      method = [name, "#{name}?"].find { |each| Infrastate::Result.public_method_defined?(each) }
      assert method, name
      assert_match(/^ *# .*\n( *#.*\n)* *def #{Regexp.escape(method)}( =|$)/, source)
    end
  end

  def test_a_level_leaves_out_what_a_logger_would_take
    [[{}, "DI"], [{ log_level: 7 }, "DI"], [{ log_level: 6 }, "I"], [{ log_level: 4 }, ""]].each do |more, expected|
      out = StringIO.new
      with_client(logger: Logger.new(out), **more) { |client| client.plan("access_key", { name: new_name }) }
      assert_equal expected, out.string.lines.map { |line| line[0] }.uniq.sort.join
    end
  end

  def test_codes_are_exceptions
    with_client do |client|
      error = assert_raises(Infrastate::ArgumentError) { client.plan("access_key", { name: "?" }) }
      assert_equal ["name", "ARGUMENT", "none", false], [error.field, error.code, error.outcome, error.retryable?]
      assert_raises(Infrastate::NotFound) { client.plan("access_key", { name: new_name, user: "nobody@example.com" }) }
    end
    assert_raises(Infrastate::TransportError) do
      with_client(host: "https://localhost:1", retries: 0) { |client| client.plan("access_key", { name: new_name }) }
    end
    assert_raises(Infrastate::ArgumentError) { Infrastate::Client.open(hots: "x") }
  end

  def test_a_batch_has_an_outcome_for_each
    with_client do |client|
      batch = client.apply_all([{ resource: "access_key", desired: { name: new_name } }, [:access_key, { name: "?" }]])
      refute batch.ok?
      assert batch.changed?
      assert_equal ["PARTIAL", "changed"], [batch.code, batch.outcome]
      assert_equal %w[OK ARGUMENT], batch.map(&:code)
      assert_equal [batch, 2, 2], [batch.each { |each| each }, batch.each.size, batch.size]
      assert_nil batch[0].error
      assert_instance_of Infrastate::ArgumentError, batch[1].error
      refute_includes batch.inspect + batch.to_a.inspect, batch[0].secret.reveal
      assert_equal "OK", client.plan_all([["access_key", { name: new_name }]]).code
    end
  end

  def test_results_are_frozen_all_the_way_down
    frozen = lambda do |value|
      assert value.frozen?, value.inspect
      value.each { |each| frozen.call(each) } if value.is_a?(Array)
      value.each { |name, each| frozen.call(name) && frozen.call(each) } if value.is_a?(Hash)
      true
    end
    with_client do |client|
      result = client.apply("access_key", { name: new_name })
      batch = client.plan_all([["access_key", { name: new_name }]])
      frozen.call([result, result.to_h, result.warnings, result.actions, batch, batch[0].to_h, batch.warnings, client.warnings].freeze)
    end
    frozen.call(Infrastate.describe)
  end

  def test_a_logger_hears_what_happens
    text = StringIO.new
    with_client(logger: Logger.new(text)) do |client|
      result = client.apply("access_key", { name: new_name })
      assert_match(%r{POST /api/access-keys: 201}, text.string)
      refute_includes text.string, result.secret.reveal
    end
    error = assert_raises(TypeError) { with_client(logger: 5) }
    assert_match(/\Alogger: must have the methods .* Integer\z/, error.message)
  end

  def logger_that(&block)
    Class.new { %i[error warn info debug].each { |level| define_method(level) { |_text| block.call } } }.new
  end

  # A call that was abandoned would keep the next one waiting.
  def assert_usable(client)
    assert client.plan("access_key", { name: new_name }, timeout: 5).ok?
  end

  def test_nothing_that_a_logger_does_leaves_the_call_in_the_middle
    does = -> {}
    with_client(logger: logger_that { does.call }) do |client|
      does = -> { raise "no log today" }
      assert_usable(client)
      does = -> { throw :away }
      assert_equal "stayed", catch(:away) { client.plan("access_key", { name: new_name }) && "stayed" }
      does = -> { exit }
      assert_raises(SystemExit) { client.plan("access_key", { name: new_name }) }
      does = -> { Process.kill(:INT, Process.pid) && sleep(0.1) }
      assert_raises(Interrupt) { client.plan("access_key", { name: new_name }) }
      does = -> {}
      assert_usable(client)
    end
  end

  def test_an_interrupt_waits_while_a_logger_is_at_work
    entered = Queue.new
    with_client(logger: logger_that { entered << 1 && sleep(0.2) }) do |client|
      thread = Thread.new { client.plan("access_key", { name: new_name }) && flunk("it was not killed") }
      entered.pop
      thread.kill
      finish(thread)
      thread = Thread.new { client.plan("access_key", { name: new_name }) }
      thread.report_on_exception = false
      entered.clear
      entered.pop
      thread.raise("enough")
      assert_equal "enough", assert_raises(RuntimeError) { finish(thread) }.message
      assert_usable(client)
    end
  end

  def test_threads_share_a_client
    with_client do |client|
      results = 4.times.map { Thread.new { 5.times.map { client.plan("access_key", { name: "shared" }).ok? } } }.flat_map(&:value)
      assert_equal [true] * 20, results
    end
  end

  def test_versions_and_description
    assert_match(/\A\d+\.\d+\.\d+\z/, Infrastate.version)
    assert_equal 1, Infrastate.describe["abi"]["major"]
    specification = Gem::Specification.load(ENV.fetch("INFRASTATE_GEMSPEC"))
    assert_equal [Infrastate::VERSION] * 2, [Infrastate.version, specification.version.to_s]
    refute specification.required_ruby_version.satisfied_by?(Gem::Version.new("2.7.8"))
    assert_empty %w[lib/infrastate.rb LICENSE VERSION] - specification.files
  end
end
