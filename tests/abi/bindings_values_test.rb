# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Accepted and refused values, and secrets that nothing prints. Run by test_bindings_ruby.py.
require_relative "bindings_support"
require "pathname"
require "pp"
require "time"
require "yaml"

class SecretTest < BindingTest
  TEXT = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"

  def test_no_way_of_printing_shows_a_secret
    with_client do |client|
      result = client.apply("access_key", { name: new_name })
      secret = result.secret
      text = secret.reveal
      printed = [result.inspect, result.to_s, secret.inspect, secret.to_s, "#{secret}", format("%s %p", secret, secret), result.to_h.inspect,
                 result.pretty_inspect, secret.pretty_inspect, client.inspect, client.pretty_inspect,
                 secret.instance_variables.map { |name| secret.instance_variable_get(name).inspect }.join]
      printed.each { |each| refute_includes each, text }
      printed.each { |each| refute_includes each, options[:access_key] }
      [secret, client].each do |closed|
        [-> { Marshal.dump(closed) }, -> { YAML.dump(closed) }, -> { JSON.generate(closed) }, -> { closed.to_json }, -> { closed.as_json }].each do |way|
          assert_raises(TypeError, &way)
        end
      end
      [-> { JSON.generate(result.to_h) }, -> { result.to_json }, -> { Marshal.dump(result) }, -> { YAML.dump(result) }].each { |way| assert_raises(TypeError, &way) }
      assert_equal JSON.generate(client.plan("access_key", { name: "some-key" }).to_h), client.plan("access_key", { name: "some-key" }).to_json
    end
  end

  def test_a_secret_is_compared_copied_and_never_changed
    given = +TEXT
    secret = Infrastate::Secret.new(given)
    given << "changed"
    assert_equal TEXT, secret.reveal
    assert_raises(FrozenError) { secret.reveal << "changed" }
    same = Infrastate::Secret.new(TEXT)
    assert_equal [true, true, 1], [secret == same, secret.eql?(same), [secret, same].uniq.size]
    others = [Infrastate::Secret.new("#{TEXT[0..-2]}c"), Infrastate::Secret.new(TEXT[0..-2]), Infrastate::Secret.new(""), TEXT, nil]
    others.each { |other| refute_equal secret, other }
    [secret.dup, secret.clone].each { |copy| assert_equal [TEXT, true], [copy.reveal, copy == secret] }
    assert_raises(TypeError) { Infrastate::Secret.new(nil) }
  end

  def test_an_error_shows_no_secret
    secret = nil
    error = assert_raises(Infrastate::AuthError) do
      with_client(access_key: Infrastate::Secret.new(TEXT)) { |client| client.plan("access_key", { name: new_name }) }
    end
    with_client do |client|
      result = client.apply("access_key", { name: new_name })
      secret = result.secret.reveal
      failed = Infrastate::Error.for(result)
      assert_same result.secret, failed.result.secret
      [error, failed].each do |each|
        texts = [each.message, each.inspect, each.full_message, each.pretty_inspect, each.respond_to?(:detailed_message) ? each.detailed_message : ""]
        texts.each { |text| [TEXT, secret].each { |hidden| refute_includes text, hidden } }
      end
    end
    wrong = assert_raises(Infrastate::ArgumentError) { with_client(access_key: "#{TEXT}\xff") }
    assert_nil wrong.cause
    refute_includes wrong.full_message, TEXT
  end
end

class ErrorTest < BindingTest
  def test_every_code_has_an_exception
    codes = Infrastate.describe["codes"].map { |code| code["name"] } - %w[OK PARTIAL]
    kinds = codes.map do |code|
      result = Infrastate::Result.new("code" => code, "outcome" => "none", "error" => { "message" => "words", "retryable" => true })
      assert_equal [code, "words", true, "none"], [result.error.code, result.error.message, result.error.retryable?, result.error.outcome]
      result.error.class
    end
    assert_equal kinds.uniq, kinds
    assert_instance_of Infrastate::InternalError, Infrastate::Result.new("code" => "NOVEL").error
  end

  def test_errors_can_be_raised_by_hand
    error = assert_raises(Infrastate::ArgumentError) { raise Infrastate::ArgumentError }
    assert_equal ["Infrastate::ArgumentError", "ARGUMENT", "unknown", nil], [error.message, error.code, error.outcome, error.result]
    error = assert_raises(Infrastate::Error) { raise Infrastate::Busy, "words" }
    assert_equal %w[words BUSY], [error.message, error.code]
    assert_equal "other words", assert_raises(Infrastate::Busy) { raise error, "other words" }.message
  end
end

class ValueTest < BindingTest
  def refused(field, words)
    error = assert_raises(Infrastate::ArgumentError) { yield @client }
    assert_equal ["#{field}: #{words}", field, "ARGUMENT", "none"], [error.message, error.field, error.code, error.outcome]
    assert_equal false, error.result.ok?
  end

  def run
    with_client { |client| (@client = client) && super }
  end

  def test_values_that_json_has_not
    seconds = Time.now.to_i + 7200
    [Time.at(seconds), Time.at(seconds, 123_456_789, :nsec), Time.at(seconds).localtime("+09:00")].each do |time|
      made = @client.apply(:access_key, { name: new_name.to_sym, expires_at: time, user: Infrastate::Secret.new("connector") })
      assert_in_delta time.to_f, Time.parse(made.resource["expires_at"]).to_f, 1
    end
    file = Pathname(ENV.fetch("INFRA_TEST_CA_FILE"))
    with_client(server_certificate_file: file) { |client| assert client.plan("access_key", { name: new_name }).ok? }
    assert @client.plan("access_key", { name: new_name.encode("UTF-16") }).ok?
  end

  def test_values_that_cannot_go
    refused("name", "is not valid UTF-8") { |client| client.plan("access_key", { name: "\xff" }) }
    refused("name", "is not valid UTF-8") { |client| client.plan("access_key", { name: "\xff".b }) }
    refused("name", "must be a finite number") { |client| client.plan("access_key", { name: Float::NAN }) }
    refused("name[0]", "must be a finite number") { |client| client.plan("access_key", { "name" => [-Float::INFINITY] }) }
    refused("things[1].size", "must be a finite number") { |client| client.plan("access_key", { things: [{ size: 1 }, { size: Float::NAN }] }) }
    refused("things[0].parts[1]", "cannot be an instance of Object") { |client| client.info("access_key", { things: [{ parts: [1, Object.new] }] }) }
    refused("requests[1].desired.things[0].name", "is not valid UTF-8") do |client|
      client.plan_all([["access_key", {}], ["access_key", { things: [{ name: "\xff" }] }]])
    end
    refused("name", "cannot be an instance of Object") { |client| client.plan("access_key", { name: Object.new }) }
    refused("name", "stands twice, as a String and as a Symbol") { |client| client.plan("access_key", { name: "a", "name" => "b" }) }
    refused("desired", "has a name that is neither a String nor a Symbol") { |client| client.plan("access_key", { 1 => 2 }) }
    endless = []
    endless << endless
    refused("name#{'[0]' * 30}", "has more than 32 levels") { |client| client.plan("access_key", { name: endless }) }
    refused("timeout_ms", "must be a finite number") { with_client(timeout_ms: Float::INFINITY) }
    refused("desired", "is not valid UTF-8") { |client| client.plan("access_key", { "\xff" => 1 }) }
  end

  def test_a_timeout_is_a_number_of_seconds
    ["5", "0", 0, 0.0, -1, Float::NAN, Float::INFINITY, Complex(1, 1), [], true].each do |timeout|
      refused("timeout", "must be a number of seconds greater than 0") { |client| client.plan("access_key", { name: "some-key" }, timeout: timeout) }
    end
    [5, 5.5, 5r, 10**12, 1e200].each { |timeout| assert @client.plan("access_key", { name: "some-key" }, timeout: timeout).ok? }
    control("PUT", "/faults", { rules: [{ action: "delay", ms: 500, times: 0, match: { method: "GET" } }] })
    [1e-9, 0.1].each do |timeout|
      assert_raises(Infrastate::DeadlineExceeded) { @client.plan("access_key", { name: "some-key" }, timeout: timeout) }
    end
  ensure
    control("DELETE", "/faults")
  end

  def test_a_cancel_is_a_token
    error = assert_raises(TypeError) { @client.plan("access_key", { name: "some-key" }, cancel: 5) }
    assert_equal "cancel: must be an Infrastate::Cancel, not Integer", error.message
    assert_raises(TypeError) { @client.plan("access_key", { name: "some-key" }, cancel: false) }
  end

  def test_a_batch_is_an_array_of_requests
    shape = "{resource:, desired:} or [resource, desired]"
    refused("requests", "must be an Array of #{shape}, not String") { |client| client.plan_all("access_key") }
    refused("requests", "must be an Array of #{shape}, not Hash") { |client| client.apply_all({ resource: "access_key" }) }
    refused("requests", "each must be #{shape}, not 3 things") { |client| client.plan_all([["access_key", {}, 1]]) }
    refused("requests", "each must be #{shape}, not String") { |client| client.plan_all(%w[access_key x]) }
  end
end
