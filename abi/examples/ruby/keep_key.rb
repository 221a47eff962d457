#!/usr/bin/env ruby
# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# The same in Ruby, by the gem `infrastate`.
# usage: keep_key.rb NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE)
require "infrastate"

abort "usage: keep_key.rb NAME" if ARGV.size != 1
begin
  Infrastate::Client.open(environment: true) do |client|
    result = client.apply("access_key", { name: ARGV[0] })
    if result.secret
      puts "made, its secret is #{result.secret.reveal}"
    else
      puts result.changed? ? "changed" : "as it should be"
    end
  end
rescue Infrastate::Error => e
  abort "#{e.code}: #{e.message}"
end
