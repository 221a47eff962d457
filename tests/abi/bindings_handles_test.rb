# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# The life of clients and cancel tokens: closed, garbage collected, forked. Run by
# test_bindings_ruby.py.
require_relative "bindings_support"

class HandleTest < BindingTest
  def test_a_closed_client_is_gone
    client = Infrastate::Client.open(**options)
    assert_equal "#<Infrastate::Client open>", client.inspect
    2.times { assert_nil client.close }
    assert client.closed?
    assert_equal "#<Infrastate::Client closed>", client.inspect
    error = assert_raises(IOError) { client.plan("access_key", { name: new_name }) }
    assert_equal "the Infrastate::Client is closed", error.message
  end

  def test_a_block_closes_what_it_was_given
    before = descriptors
    inside = nil
    Infrastate::Cancel.open do |cancel|
      inside = with_client { |client| client.plan("access_key", { name: new_name }, cancel: cancel) && client }
      refute cancel.closed?
    end
    assert inside.closed?
    assert_equal before, descriptors
  end

  def test_closing_under_a_call_waits_for_it
    answering_late(500) do
      client = Infrastate::Client.open(**options)
      before = descriptors
      thread = Thread.new { client.apply("access_key", { name: new_name }) }
      sleep 0.2
      client.close
      assert client.closed?
      assert finish(thread).value.ok?
      assert_operator descriptors, :<, before
    end
  end

  def test_a_token_cancels
    cancel = Infrastate::Cancel.new
    with_client do |client|
      cancel.set
      assert_raises(Infrastate::Cancelled) { client.plan("access_key", { name: new_name }, cancel: cancel) }
      cancel.close
      cancel.set
      error = assert_raises(IOError) { client.plan("access_key", { name: new_name }, cancel: cancel) }
      assert_equal "the Infrastate::Cancel is closed", error.message
    end
  end

  def test_a_signal_handler_cancels
    answering_late(3000) do
      with_client do |client|
        cancel = Infrastate::Cancel.new
        problem = nil
        before = trap("USR1") do
          cancel.set
        rescue Exception => e
          problem = e
        end
        thread = Thread.new { client.apply("access_key", { name: new_name }, cancel: cancel) }
        thread.report_on_exception = false
        sleep 0.2
        began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        Process.kill("USR1", Process.pid)
        assert_raises(Infrastate::Cancelled) { finish(thread) }
        assert_nil problem
        assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, :<, 2
        cancel.close
        Process.kill("USR1", Process.pid)
        sleep 0.1
        assert_nil problem
      ensure
        trap("USR1", before || "DEFAULT")
      end
    end
  end

  # Without GC.start: Ruby's own garbage collection runs in another context, where locks are
  # forbidden.
  def test_forgotten_handles_are_freed
    before = descriptors
    300.times do
      Infrastate::Client.new(**options).plan("access_key", { name: new_name }, cancel: Infrastate::Cancel.new)
      1000.times { "garbage" * 100 }
    end
    2_000_000.times { Object.new }
    assert_operator descriptors, :<=, before + 15
  end

  def test_a_copy_is_refused
    [Infrastate::Client.open(**options), Infrastate::Cancel.new].each do |handle|
      assert_raises(TypeError) { handle.dup }
      assert_raises(TypeError) { handle.clone }
      handle.close
    end
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

  def sockets
    Dir.children("/proc/self/fd").count do |name|
      File.readlink("/proc/self/fd/#{name}").start_with?("socket:")
    rescue Errno::ENOENT # the descriptor that lists them
      false
    end
  end

  def test_a_child_of_a_busy_parent_closes_what_it_inherited
    others = sockets
    with_client do |client|
      cancel = Infrastate::Cancel.new
      busy = true
      threads = 2.times.map { Thread.new { client.plan("access_key", { name: "busy" }, cancel: cancel) while busy } }
      sleep 0.1
      results = 40.times.map do
        child = fork do
          client.close
          cancel.close
          exit!(sockets - others)
        end
        finish(Process.detach(child)).value
      end
      busy = false
      threads.each { |thread| finish(thread) }
      assert_equal [0] * 40, results.map(&:exitstatus)
      assert client.plan("access_key", { name: "busy" }).ok?
    end
  end
end
