# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Runs recipes of cookbooks by the double, with chef-client's options and in the form of its output:
#   ruby client.rb -z -c CONFIG -j ATTRIBUTES -o 'recipe[COOKBOOK::NAME]' [-W] [-l LEVEL]
require "json"
require "optparse"
require_relative "chef"

# The words of a recipe.
class Recipe
  attr_reader :node

  def self.word(name, resource_class)
    define_method(name) { |title, &block| declare(resource_class, title, &block) }
  end

  def initialize(node)
    @node = node
    @declared = []
    @delayed = []
  end

  def run(file)
    instance_eval(File.read(file), file)
    @declared.each { |resource| converge(resource, resource.action) }
    @delayed.uniq.each { |action, resource| converge(resource, action) }
  end

  # A resource without a cookbook that is always updated, as in Chef.
  def notify_group(title, &block)
    group = Class.new(Chef::Resource) { setup(nil) }
    group.provides(:notify_group)
    group.action(:run) { new_resource.updated = true }
    group.default_action(:run)
    declare(group, title, &block)
  end

  private

  def declare(resource_class, title, &block)
    resource = resource_class.new(title)
    resource.instance_exec(&block) if block
    @declared << resource
    resource
  rescue NoMethodError => e
    abort("NoMethodError: undefined method `#{e.name}' for #{resource_class.resource_name}")
  end

  def converge(resource, action)
    puts "  * #{resource} action #{action}"
    Chef::Provider.run(resource, action)
    puts "     (up to date)" unless resource.updated
    notify(resource) if resource.updated && !Chef::Config[:why_run]
  rescue StandardError => e
    puts "    Error executing action `#{action}` on resource '#{resource}'", "    #{e.class}", "    #{e.message}"
    raise unless resource.ignore_failure
  end

  def notify(resource)
    resource.notifications.each do |action, name, timing|
      target = @declared.find { |each| each.to_s == name } || raise(ArgumentError, "#{resource} cannot find #{name} to notify")
      timing == :immediately ? converge(target, action) : @delayed << [action, target]
    end
  end
end

options = {}
OptionParser.new do |parser|
  parser.on("-z") { options[:local] = true }
  parser.on("-W") { Chef::Config[:why_run] = true }
  parser.on("-c FILE") { |file| Chef::Config.from_file(file) }
  parser.on("-j FILE") { |file| options[:node] = JSON.parse(File.read(file)) }
  parser.on("-o LIST") { |list| options[:recipe] = list.match(/\Arecipe\[(\w+)::(\w+)\]\z/) }
  parser.on("-l LEVEL") { |level| Chef::Log.level = level.to_sym }
end.parse!
$stdout.sync = true
folder = Chef::Config[:cookbook_path]
Dir["#{folder}/*/libraries/*.rb"].sort.each { |file| require file }
Dir["#{folder}/*/resources/*.rb"].sort.each { |file| Recipe.word(File.basename(file, ".rb"), Chef::Resource.of(file)) }
begin
  Recipe.new(ChefUtils::Mash.new(options.fetch(:node))).run("#{folder}/#{options[:recipe][1]}/recipes/#{options[:recipe][2]}.rb")
rescue StandardError => e
  abort("FATAL: #{e.class}: #{e.message}")
end
