# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Keeps access keys of an Infra server in a described state, by libinfrastate.
#
#   Infrastate::Client.open(host: "infra.example.com", access_key_file: "/etc/infra/key") do |client|
#     result = client.apply("access_key", { name: "my-cluster", expires_in: "720h" })
#     keep(result.secret.reveal) if result.secret
#   end
require_relative "infrastate/library"
require_relative "infrastate/errors"
require_relative "infrastate/results"
require_relative "infrastate/parameters"
require_relative "infrastate/answer"
require_relative "infrastate/client"

module Infrastate
  # The version of this gem. It belongs to the library of the same version.
  VERSION = File.read(File.expand_path("../VERSION", __dir__)).strip.freeze

  # All resources, parameters, result fields and codes that the library knows.
  # @return [Hash] frozen
  def self.describe
    answer = Answer.new
    code = answer.receive { |out| Library::DESCRIBE.call(out) }
    raise Result.new(answer.fields).error unless code.zero?

    answer.fields
  end

  # The version of the library.
  # @return [String]
  def self.version
    Library::VERSION.call.to_s.force_encoding("UTF-8").freeze
  end

  # Results of calls that an interrupt (Timeout, Thread#raise, Thread#kill, a signal) kept from
  # returning. They belong to calls of this thread, or of a thread that has ended. Such a call has
  # changed something or may have, and its result may hold the only copy of a secret. Each result is
  # handed out once.
  # @return [Array<Result, BatchResult>]
  def self.unclaimed_results(thread = Thread.current)
    Answer.unclaimed(thread)
  end
end
