# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require "json"

module Infrastate
  # Ruby's values as the JSON of a request. An error names the place of a wrong value ("name",
  # "things[3].name") and never quotes the value: it may be a secret.
  module Parameters
    DEPTH = 32
    DAY_MS = 86_400_000
    # Names of the request that callers do not see around their parameters.
    AROUND = %w[request desired query].freeze

    def self.encode(values)
      JSON.generate(plain(values, "request", DEPTH))
    end

    # Converts a timeout in seconds. More than a day would shorten nothing, and the library would
    # refuse it.
    def self.milliseconds(timeout)
      unless timeout.is_a?(Numeric) && timeout.real? && timeout.to_f.finite? && timeout.positive?
        refuse("timeout", "must be a number of seconds greater than 0")
      end

      (timeout * 1000).to_i.clamp(1, DAY_MS)
    end

    def self.requests(requests)
      unless requests.is_a?(Array)
        refuse("requests", "must be an Array of {resource:, desired:} or [resource, desired], not #{requests.class}")
      end

      requests.map do |each|
        next each if each.is_a?(Hash)
        next { resource: each[0], desired: each[1] } if each.is_a?(Array) && each.size == 2

        refuse("requests", "each must be {resource:, desired:} or [resource, desired], " \
                           "not #{each.is_a?(Array) ? "#{each.size} things" : each.class}")
      end
    end

    def self.plain(value, name, depth)
      refuse(name[0, 100], "has more than #{DEPTH} levels") if depth.zero?
      case value
      when nil, true, false, Integer then value
      when Float then value.finite? ? value : refuse(name, "must be a finite number")
      when String, Symbol then text(value.to_s, name)
      when Secret then text(value.reveal, name)
      when Time then time(value)
      when Array then value.each_with_index.map { |each, number| plain(each, "#{name}[#{number}]", depth - 1) }
      when Hash then object(value, name, depth)
      else
        refuse(name, "cannot be an instance of #{value.class}") unless value.respond_to?(:to_path)
        text(value.to_path, name)
      end
    end
    private_class_method :plain

    def self.object(hash, name, depth)
      hash.each_with_object({}) do |(key, value), all|
        refuse(name, "has a name that is neither a String nor a Symbol") unless key.is_a?(String) || key.is_a?(Symbol)
        key = text(key.to_s, name)
        inner = member(name, key)
        refuse(inner, "stands twice, as a String and as a Symbol") if all.key?(key)
        all[key] = plain(value, inner, depth - 1)
      end
    end
    private_class_method :object

    # The path of a member. A name that no parameter can have is left out.
    def self.member(name, key)
      return name unless key.match?(/\A[a-z0-9_]{1,64}\z/)

      AROUND.include?(name) ? key : "#{name}.#{key}"
    end
    private_class_method :member

    # Does not raise where the encoding fails: that error quotes the text, and would become the
    # cause.
    def self.text(text, name)
      utf8 = begin
        text.encode(Encoding::UTF_8)
      rescue EncodingError
        nil
      end
      utf8&.valid_encoding? ? utf8 : refuse(name, "is not valid UTF-8")
    end
    private_class_method :text

    def self.time(time)
      time.getutc.strftime(time.nsec.zero? ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S.%9NZ")
    end
    private_class_method :time

    def self.refuse(name, problem)
      raise Result.new("ok" => false, "code" => "ARGUMENT", "outcome" => "none", "changed" => false,
                       "error" => { "code" => "ARGUMENT", "field" => name, "message" => "#{name}: #{problem}" }).error
    end
    private_class_method :refuse
  end
  private_constant :Parameters
end
