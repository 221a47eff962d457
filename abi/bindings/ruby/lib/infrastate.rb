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
require_relative "infrastate/client"

module Infrastate
  # All resources, parameters, result fields and codes that the library knows.
  def self.describe
    code, answer = Library.result { |out| Library::DESCRIBE.call(out) }
    raise Error.for(answer) unless code.zero?

    answer
  end

  # The version of the library.
  def self.version
    Library::VERSION.call.to_s
  end
end
