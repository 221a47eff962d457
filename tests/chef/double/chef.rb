# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# The few words of Chef's DSL that the cookbook uses, for machines without Chef. What Debian has of Chef is real:
# its configuration, its names and its log. test_double.py compares these lines with it.
require "chef-config/config"
require "chef-utils"
require "mixlib/log"

class Chef
  Config = ChefConfig::Config

  class Log
    extend Mixlib::Log
  end

  module Exceptions
    class ValidationFailed < ArgumentError; end
  end

  # Values that are asked for when an action runs.
  DelayedEvaluator = Class.new(Proc)

  # A declared resource. Its class is made of the text of a cookbook's file.
  class Resource
    # Ruby's File would be Chef's resource of that name.
    File = Class.new

    Property = Struct.new(:name, :is, :options) do
      def check(value)
        value = options[:coerce].call(value) if options[:coerce] && !value.nil?
        return value if value.nil? || is.nil? || Array(is).any? { |each| each === value } && allowed?(value)

        wanted = allowed?(value) ? Array(is) : options[:equal_to]
        raise Exceptions::ValidationFailed, "Property #{name} must be one of: #{wanted.map(&:inspect).join(', ')}!  You passed #{value.inspect}."
      end

      def allowed?(value)
        options[:equal_to].nil? || options[:equal_to].include?(value)
      end
    end

    class << self
      attr_reader :properties, :actions, :helpers

      def of(file)
        made = Class.new(self)
        made.setup(file)
        made.class_eval(::File.read(file), file)
        made
      end

      def setup(file)
        @file = file
        @properties = {}
        @actions = { nothing: proc {} }
        @helpers = proc {}
      end

      def provides(name) = @resource_name = name
      def unified_mode(flag) = @unified_mode = flag
      def default_action(name = nil) = name ? @default_action = name : @default_action
      def action(name, &block) = @actions[name] = block
      def action_class(&block) = @helpers = block
      def resource_name = @resource_name

      def use(partial)
        folder, _, name = partial.rpartition("/")
        path = ::File.expand_path("#{folder}/_#{name.delete_prefix('_')}.rb", ::File.dirname(@file))
        class_eval(::File.read(path), path)
      end

      def property(name, is = nil, **options)
        known = %i[equal_to coerce sensitive desired_state description]
        raise ArgumentError, "property #{name}: the double does not know #{options.keys - known}" unless (options.keys - known).empty?
        raise ArgumentError, "Property `#{name}` overwrites an existing method" if Resource.method_defined?(name)

        property = @properties[name] = Property.new(name, is, options)
        define_method(name) do |*value|
          value.empty? ? read(property) : @values[name] = value[0].is_a?(DelayedEvaluator) ? value[0] : property.check(value[0])
        end
      end
    end

    attr_reader :name, :notifications
    attr_accessor :updated

    def initialize(name)
      @name = name
      @values = {}
      @notifications = []
      @action = self.class.default_action
    end

    def to_s = "#{self.class.resource_name}[#{name}]"
    alias inspect to_s
    def retries(number = nil) = number ? @retries = number : @retries || 0
    def ignore_failure(flag = nil) = flag.nil? ? @ignore_failure : @ignore_failure = flag
    def sensitive(flag = nil) = flag.nil? ? @sensitive : @sensitive = flag
    def action(name = nil) = name ? @action = name : @action
    def lazy(&block) = DelayedEvaluator.new(&block)
    def notifies(action, resource, timing = :delayed) = @notifications << [action, resource, timing]
    def property_is_set?(name) = @values.key?(name)

    private

    def read(property)
      value = @values[property.name]
      value.is_a?(DelayedEvaluator) ? property.check(instance_exec(&value)) : value
    end
  end

  # Runs one action of a resource.
  class Provider
    attr_reader :new_resource

    def self.run(resource, action)
      provider = Class.new(self)
      provider.class_eval(&resource.class.helpers)
      body = resource.class.actions.fetch(action) { raise Exceptions::ValidationFailed, "Option action must be equal to one of: #{resource.class.actions.keys.inspect}!  You passed #{action.inspect}." }
      provider.define_method(:run_it, &body)
      provider.new(resource).run_it
    end

    def initialize(new_resource)
      @new_resource = new_resource
      new_resource.updated = false
    end

    def whyrun_mode? = Config[:why_run]

    def converge_by(descriptions)
      yield unless whyrun_mode?
      new_resource.updated = true
      Array(descriptions).each do |line|
        Array(line).each { |text| puts line.is_a?(String) ? "    - #{'Would ' if whyrun_mode?}#{text}" : "      #{text}" }
      end
    end
  end
end
