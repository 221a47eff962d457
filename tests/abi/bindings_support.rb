# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Shared by the tests of the Ruby binding: the simulator that the environment names.
require "json"
require "minitest/autorun"
require "net/http"
require "infrastate"

# A shell's background process ignores the signal, and its children inherit that.
trap("INT", "DEFAULT")

class BindingTest < Minitest::Test
  KEY = /\A[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}\z/.freeze
  @@count = 0

  def options(**more)
    { host: ENV.fetch("INFRA_TEST_URL"), access_key: ENV.fetch("INFRA_TEST_ADMIN_KEY"),
      server_certificate_file: ENV.fetch("INFRA_TEST_CA_FILE") }.merge(more)
  end

  def with_client(**more, &block)
    Infrastate::Client.open(**options(**more), &block)
  end

  def new_name
    "ruby-#{Process.pid}-#{@@count += 1}"
  end

  def control(method, path, body = nil)
    uri = URI("#{ENV.fetch('INFRA_TEST_URL')}/_simulator#{path}")
    Net::HTTP.start(uri.host, uri.port, use_ssl: true, ca_file: ENV.fetch("INFRA_TEST_CA_FILE")) do |http|
      headers = { "Authorization" => "Bearer #{ENV.fetch('INFRA_TEST_CONTROL_TOKEN')}", "Content-Type" => "application/json" }
      answer = http.send_request(method, uri.path, body && JSON.generate(body), headers)
      assert_includes %w[200 204], answer.code, answer.body
      answer.body.to_s.empty? ? nil : JSON.parse(answer.body)
    end
  end

  # The server makes keys, and answers that many milliseconds later.
  def answering_late(milliseconds)
    rule = { action: "delay_answer", ms: milliseconds, times: 0, match: { method: "POST", path: "/api/access-keys" } }
    control("PUT", "/faults", { rules: [rule] })
    yield
  ensure
    control("DELETE", "/faults")
  end

  def ids_of(name)
    control("GET", "/state")["keys"].select { |key| key["name"] == name }.map { |key| key["id"] }
  end

  def descriptors
    Dir.children("/proc/self/fd").size
  end

  # Fails if a thread or a child hangs.
  def finish(thread, seconds = 30)
    assert thread.join(seconds), "it hangs"
    thread
  end
end
