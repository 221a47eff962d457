# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module Infrastate
  # A secret that shows itself only to reveal.
  class Secret
    HIDDEN = "********"

    def initialize(text)
      @text = text
    end

    def reveal
      @text
    end

    def inspect
      "#<Infrastate::Secret #{HIDDEN}>"
    end

    def to_s
      HIDDEN
    end

    def to_json(*arguments)
      HIDDEN.to_json(*arguments)
    end

    def encode_with(_coder)
      raise TypeError, "a Secret is not written as YAML; reveal it where it must go"
    end

    def marshal_dump
      raise TypeError, "a Secret is not dumped; reveal it where it must go"
    end

    def pretty_print(printer)
      printer.text(inspect)
    end

    def ==(other)
      other.is_a?(Secret) && other.reveal == @text
    end
  end

  # One result: its fields by name, and methods for those that every result has.
  class Result
    def initialize(fields)
      @fields = fields.dup
      @fields["secret"] = Secret.new(@fields["secret"]) if @fields["secret"]
      @fields.freeze
    end

    def [](name)
      @fields[name.to_s]
    end

    def to_h
      @fields
    end

    def ok?
      @fields["ok"] ? true : false
    end

    def changed?
      @fields["changed"] ? true : false
    end

    %w[code outcome reason resource secret explanation].each do |name|
      define_method(name) { @fields[name] }
    end

    %w[actions reasons warnings].each do |name|
      define_method(name) { @fields[name] || [] }
    end

    # What it failed with, unraised: results of a batch fail one by one.
    def error
      ok? ? nil : Error.for(@fields)
    end

    def inspect
      "#<Infrastate::Result #{@fields.inspect}>"
    end
  end

  # The results of a batch in the order of its requests. `ok?` is false where one of them failed.
  class BatchResult
    include Enumerable

    attr_reader :outcome, :warnings, :message

    def initialize(answer)
      @results = answer["results"].map { |each| Result.new(each) }.freeze
      @ok = answer["ok"]
      @changed = answer["changed"]
      @outcome = answer["outcome"]
      @warnings = answer["warnings"] || []
      @message = answer.dig("error", "message")
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
      @results.each(&block)
    end
  end
end
