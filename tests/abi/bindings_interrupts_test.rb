# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Whatever interrupts a call, no key exists whose secret is lost. Run by test_bindings_ruby.py.
require_relative "bindings_support"
require "logger"
require "stringio"
require "timeout"

class InterruptTest < BindingTest
  LATE = 1000
  SOON = 0.4

  def setup
    Infrastate.unclaimed_results
  end

  # The results of the thread are those of all keys with these names, and each is handed out once.
  def assert_secrets_are_reachable(names, thread = Thread.current)
    results = Infrastate.unclaimed_results(thread).flat_map { |each| each.is_a?(Infrastate::BatchResult) ? each.to_a : [each] }
    assert_equal names.map { |name| ids_of(name) }.flatten, results.map { |each| each.resource["id"] }
    results.each { |each| assert_match(KEY, each.secret.reveal) }
    assert_equal names.size, results.size
    assert_empty Infrastate.unclaimed_results(thread)
  end

  def interrupted_in(seconds, &block)
    Thread.new { sleep(seconds) && block.call }
  end

  # Gives the block a client whose server is slow, and the name of a key. Afterwards the key's
  # secret must be reachable.
  def check(batch: false, logger: nil)
    answering_late(LATE) do
      with_client(logger: logger) do |client|
        names = batch ? [new_name, new_name] : [new_name]
        call = -> { batch ? client.apply_all(names.map { |name| ["access_key", { name: name }] }) : client.apply("access_key", { name: names[0] }) }
        thread = yield(call) || Thread.current
        assert_secrets_are_reachable(names, thread)
        assert client.plan("access_key", { name: new_name }, timeout: 5).ok?
      end
    end
  end

  def test_a_timeout
    check { |call| assert_raises(Timeout::Error) { Timeout.timeout(SOON) { call.call } } && nil }
    check { |call| assert_raises(KeyError) { Timeout.timeout(SOON, KeyError) { call.call } } && nil }
  end

  def test_a_timeout_of_a_batch
    check(batch: true) { |call| assert_raises(Timeout::Error) { Timeout.timeout(SOON) { call.call } } && nil }
  end

  def test_an_exception_of_another_thread
    check do |call|
      thread = Thread.new(&call)
      thread.report_on_exception = false
      sleep SOON
      thread.raise("enough")
      assert_equal "enough", assert_raises(RuntimeError) { finish(thread) }.message
      thread
    end
  end

  def test_a_killed_thread
    check do |call|
      thread = Thread.new(&call)
      sleep SOON
      assert_empty Infrastate.unclaimed_results(thread)
      finish(thread.kill)
    end
  end

  def test_signals_at_the_main_thread
    assert_same Thread.main, Thread.current
    check do |call|
      interrupted_in(SOON) { Process.kill(:INT, Process.pid) }
      assert_raises(Interrupt, &call) && nil
    end
    check do |call|
      before = trap("USR2") { raise KeyError, "from a handler" }
      interrupted_in(SOON) { Process.kill(:USR2, Process.pid) }
      assert_raises(KeyError, &call)
      trap("USR2", before || "DEFAULT") && nil
    end
  end

  # The interrupt waits until the next log line enters Ruby.
  def test_a_signal_before_a_log_line
    { INT: ["DEFAULT", Interrupt], USR2: [proc { raise KeyError, "from a handler" }, KeyError] }.each do |signal, (handler, error)|
      before = trap(signal, handler)
      check(logger: Logger.new(StringIO.new)) do |call|
        interrupted_in(SOON) { Process.kill(signal, Process.pid) }
        assert_raises(error, &call) && nil
      end
      trap(signal, before || "DEFAULT")
    end
  end

  # The second signal comes while the first one is being raised. Later ones are not raised.
  def test_impatient_signals
    check do |call|
      struck = 0
      before = trap("INT") { raise Interrupt if (struck += 1) <= 2 }
      thread = interrupted_in(SOON) { Process.kill(:INT, Process.pid) && sleep(0.001) while struck < 2 }
      begin
        begin
          call.call
        ensure
          sleep 0.001 while struck < 2
        end
        flunk "nothing was raised"
      rescue Interrupt
        finish(thread)
      end
      Process.kill(:INT, Process.pid) # Ruby delivers pending signals together with it
      trap("INT", before) && nil
    end
  end

  def test_what_changed_nothing_is_not_kept
    with_client do |client|
      control("PUT", "/faults", { rules: [{ action: "delay", ms: LATE, match: { method: "GET" } }] })
      assert_raises(Timeout::Error) { Timeout.timeout(SOON) { client.plan("access_key", { name: new_name }) } }
      assert_empty Infrastate.unclaimed_results
      client.apply("access_key", { name: new_name })
      assert_raises(Infrastate::ArgumentError) { client.apply("access_key", { name: "?" }) }
      assert_raises(IOError) { client.close || client.apply("access_key", { name: new_name }) }
      assert_empty Infrastate.unclaimed_results
    ensure
      control("DELETE", "/faults")
    end
  end

  def test_a_result_is_freed_whatever_interrupts
    library = Infrastate.send(:const_get, :Library)
    answer = Infrastate.send(:const_get, :Answer).new
    assert_raises(Interrupt) { answer.receive { |out| library::DESCRIBE.call(out) && raise(Interrupt) } }
    pointer = answer.instance_variable_get(:@pointer)
    assert_equal [false, library::RESULT_FREE], [pointer.null?, pointer.free.to_i]
    assert_equal Infrastate.describe, answer.fields
    assert pointer.freed?
  end

  # Interrupts at random times: no handle stays open, no key's secret is lost.
  def test_a_storm_of_interrupts
    with_client { |client| client.plan("access_key", { name: new_name }) }
    GC.start
    before = descriptors
    names = 60.times.map { new_name }
    delivered = []
    lists = names.each_with_index.map do |name, index|
      thread = Thread.new do
        # What a caller does that must not lose a returned result either.
        Thread.handle_interrupt(RuntimeError => :never) do
          result = Thread.handle_interrupt(RuntimeError => :immediate) do
            Infrastate::Cancel.open do |cancel|
              with_client { |client| client.apply("access_key", { name: name }, cancel: cancel) }
            end
          end
          delivered << result
        end
      end
      thread.report_on_exception = false
      sleep(index * 0.0002)
      thread.raise("enough")
      finish_quietly(thread)
      Infrastate.unclaimed_results(thread)
    end
    known = (delivered + lists.flatten).map { |each| each.resource["id"] }
    lost = names.flat_map { |name| ids_of(name) } - known
    assert_empty lost, "#{delivered.size} delivered, #{lists.flatten.size} unclaimed"
    GC.start
    assert_operator descriptors, :<=, before + 4
  end

  def finish_quietly(thread)
    finish(thread)
  rescue RuntimeError
    nil
  end
end
