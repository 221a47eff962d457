# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require_relative "handle"

module Infrastate
  # A secret. Only reveal shows it.
  class Secret
    include Unwritten

    HIDDEN = "********"

    # @param text [String]
    def initialize(text)
      raise TypeError, "a Secret is made of a String, not of a #{text.class}" unless text.is_a?(String)

      text = String.new(text).freeze
      # The text is in a closure, so code that prints an object's variables does not find it.
      @reveal = -> { text }
      freeze
    end

    # @return [String] frozen
    def reveal
      @reveal.call
    end

    def inspect
      "#<Infrastate::Secret #{HIDDEN}>"
    end

    def to_s
      HIDDEN
    end

    # Compares in a time that does not depend on where two secrets of one length differ.
    def ==(other)
      return false unless other.is_a?(Secret)

      mine = reveal.bytes
      theirs = other.reveal.bytes
      mine.size == theirs.size && mine.zip(theirs).sum { |one, another| one ^ another }.zero?
    end
    alias eql? ==

    # Ruby seeds the hashes of texts randomly in each process.
    def hash
      [Secret, reveal.b].hash
    end
  end

  # One result, frozen: its fields by name, and methods for the fields that every result has.
  # Infrastate.describe lists the fields of each resource, like result["live_keys"].
  class Result
    # @api private
    # The result of a call, or of a batch. A batch that was refused as a whole gives a plain Result.
    def self.of(fields)
      ran = fields["ok"] || fields["code"] == "PARTIAL"
      ran && fields.key?("results") ? BatchResult.new(fields) : new(fields)
    end

    # @api private
    def initialize(fields)
      secret = fields["secret"]
      @fields = (secret.nil? ? fields : fields.merge("secret" => Secret.new(secret))).freeze
      freeze
    end

    # @param name [String, Symbol]
    def [](name)
      @fields[name.to_s]
    end

    # @return [Hash] frozen; a secret in it is a Secret
    def to_h
      @fields
    end

    # Raises a TypeError if the result holds a secret.
    def to_json(*arguments)
      @fields.to_json(*arguments)
    end

    # Whether it succeeded.
    def ok?
      @fields["ok"] ? true : false
    end

    # Whether something was changed. For a plan: whether apply would change something.
    def changed?
      @fields["changed"] ? true : false
    end

    # @return [String] "OK", or the code of the failure: "ARGUMENT", "AUTH", ...
    def code = @fields["code"]

    # @return [String] what is known about the server: "none" (nothing was changed), "changed", "unknown"
    def outcome = @fields["outcome"]

    # @return [String, nil] a word for why something is to be done, or is not: "absent", "ok", ...
    def reason = @fields["reason"]

    # @return [Array<String>] all the reasons that hold
    def reasons = @fields["reasons"] || [].freeze

    # @return [Array<String>] what was done, or of a plan what would be: "create", "delete", ...
    def actions = @fields["actions"] || [].freeze

    # @return [String, nil] what is done, as a command: "create access key 'x' of user 'y'"
    def summary = @fields["summary"]

    # @return [String, nil] one sentence for a person
    def explanation = @fields["explanation"]

    # @return [Hash, nil] the resource as it is now
    def resource = @fields["resource"]

    # @return [Hash, nil] the resource "before" and "after"
    def diff = @fields["diff"]

    # @return [Secret, nil] the new key's secret, only from the call that makes it: it cannot be asked for again
    def secret = @fields["secret"]

    # @return [Array<String>] sentences about doubtful things that did not stop the call
    def warnings = @fields["warnings"] || [].freeze

    # The error of a failed result. It is not raised: results of a batch fail one by one.
    # @return [Error, nil]
    def error
      ok? ? nil : Error.for(self)
    end

    def inspect
      "#<#{self.class} #{@fields.inspect}>"
    end
  end

  # The results of a batch, in the order of its requests, frozen. If one of them failed, `ok?` is
  # false and `code` is "PARTIAL".
  class BatchResult
    include Enumerable

    # @return [String]
    attr_reader :code, :outcome
    # @return [Array<String>]
    attr_reader :warnings
    # @return [String, nil] how many failed
    attr_reader :message

    # @api private
    def initialize(answer)
      @results = answer["results"].map { |each| Result.new(each) }.freeze
      @ok = answer["ok"]
      @changed = answer["changed"]
      @code = answer["code"]
      @outcome = answer["outcome"]
      @warnings = answer["warnings"] || [].freeze
      @message = answer.dig("error", "message")
      freeze
    end

    def ok?
      @ok
    end

    def changed?
      @changed
    end

    def [](index)
      @results[index]
    end

    def size
      @results.size
    end

    def each(&block)
      return enum_for(:each) { size } unless block

      @results.each(&block)
      self
    end

    def inspect
      "#<#{self.class} code=#{code.inspect} outcome=#{outcome.inspect} size=#{size}>"
    end
  end
end
