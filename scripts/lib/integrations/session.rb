# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Puppet and Chef use the library in the same way: this file is copied into both. It runs on Ruby 2.6, because a
# Puppet server reads it, too.
module NAMESPACE
  # One sentence for a person, without a secret.
  class Failure < StandardError; end

  # Loads the gem when a resource first needs it, so that the same run may install it before.
  module Library
    def self.open
      raise Failure, @refused if @refused

      load_gem
    rescue LoadError => e
      raise Failure, missing unless found?(e)

      # A second attempt would define constants again.
      raise Failure, @refused = e.message
    end

    def self.load_gem
      require 'infrastate'
    rescue LoadError => e
      raise if found?(e)

      # It may have been installed since this process began.
      Gem.clear_paths
      require 'infrastate'
    end
    private_class_method :load_gem

    # Whether the gem is there, and the error is about the library in it.
    def self.found?(error)
      error.path != 'infrastate'
    end
    private_class_method :found?

    def self.missing
      "the Ruby gem infrastate is not installed for #{TOOL}'s Ruby (#{RbConfig.ruby}): install it with " \
        "#{RbConfig::CONFIG['bindir']}/gem install FILE, where FILE is the gem of the infrastate release for this machine"
    end
    private_class_method :missing
  end

  # The library's log lines at the host tool's debug level: what matters is in results and errors.
  class Lines
    def initialize(debug)
      @debug = debug
    end

    %i[error warn info debug].each { |level| define_method(level) { |text| @debug.call("libinfrastate: #{text}") } }
  end

  # What the library says and does about one access key.
  class Session
    # Milliseconds.
    UNITS = { 'h' => 3_600_000, 'm' => 60_000, 's' => 1000, 'ms' => 1, 'us' => 0.001, 'ns' => 0.000001 }.freeze

    # The warnings of the last call.
    attr_reader :warnings

    # @param values [Hash{String => Object}] the schema's parameters; nil counts as not set
    # @param debug [#call] gets each line of the log
    def initialize(values, debug)
      given = values.reject { |_, value| value.nil? }
      @desired = given.reject { |name, _| CONNECTION.include?(name) }
      @connection = given.select { |name, _| CONNECTION.include?(name) }
      @debug = debug
      @warnings = []
    end

    # What apply would do. `more` are parameters for this call alone.
    def plan(more = {})
      call(more) { |client, desired| planned(client, desired) }
    end

    def apply(more = {})
      call(more) do |client, desired|
        planned(client, desired) if desired['secret_file'].nil?
        note('apply', client.apply('access_key', desired))
      end
    end

    private

    def planned(client, desired)
      result = note('plan', client.plan('access_key', desired))
      return result unless desired['secret_file'].nil? && result.actions.include?('create')

      raise Failure, "secret_file: is needed to #{result.summary}, because #{TOOL} has no other place for the new " \
                     'secret; name a file for it. Nothing was changed'
    end

    def call(more)
      Library.open
      # Inside, because only the gem defines the class of the error.
      begin
        ::Infrastate::Client.open(environment: true, logger: Lines.new(@debug), **options) do |client|
          result = yield client, @desired.merge(more)
          @warnings = client.warnings + result.warnings
          result
        end
      rescue ::Infrastate::Error => e
        @warnings = e.result ? e.result.warnings : []
        raise Failure, e.message
      end
    end

    def note(operation, result)
      @debug.call("#{operation}: reason #{result.reason}; actions #{result.actions.join(', ')}; changed #{result.changed?}")
      result
    end

    # The library has `timeout_ms` in the place of the schema's `timeout` and INFRA_TIMEOUT.
    def options
      options = @connection.reject { |name, _| name == 'timeout' }
      timeout = @connection.fetch('timeout') { ENV['INFRA_TIMEOUT'] unless ENV['INFRA_TIMEOUT'].to_s.empty? }
      options['timeout_ms'] = milliseconds(timeout) unless timeout.nil?
      options.transform_keys(&:to_sym)
    end

    def milliseconds(timeout)
      found = timeout.is_a?(Numeric) ? timeout * 1000 : sum_of_units(timeout)
      return found.to_i if found && TIMEOUT_MS.cover?(found)

      raise Failure, TIMEOUT_REFUSED
    end

    # Of a text like 1h30m, or a number of seconds.
    def sum_of_units(text)
      return nil unless text.is_a?(String)

      text += 's' if text.match?(/\A[\d.]+\z/)
      parts = text.scan(/(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/)
      parts.sum { |number, unit| number.to_f * UNITS[unit] } if parts.any? && parts.join == text
    end
  end
end
