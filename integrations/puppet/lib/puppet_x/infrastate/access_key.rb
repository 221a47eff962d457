# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module PuppetX; end

# What the type infra_access_key does. Its parameters are generated from the schema, into the type's file. A Puppet
# server reads this file, too, on Ruby 2.6 and without the gem.
module PuppetX::Infrastate; end

# Methods of each resource.
module PuppetX::Infrastate::AccessKey
  TITLE_PATTERNS = [[%r{\A(/.*)\z}m, [[:secret_file]]], [/\Aid:(.*)\z/m, [[:id]]], [/\A(.*)\z/m, [[:name]]]].freeze
  REFUSED = 'puppet resource cannot show or change access keys: it has no connection to a server, and it would show ' \
            'secrets; describe the key in a manifest and use puppet apply'

  # Methods of the type.
  module Class
    def title_patterns
      TITLE_PATTERNS
    end

    def instances
      raise Puppet::Error, REFUSED
    end
  end

  # A value without Puppet's own wrappers, as the library takes it. An empty value is nil.
  def self.plain(value)
    case value
    when :undef then nil
    when Puppet::Pops::Types::PSensitiveType::Sensitive then plain(value.unwrap)
    when Puppet::Pops::Time::Timestamp then value.format('%FT%TZ')
    when Puppet::Pops::Time::Timespan then value.format('%Ss')
    when Hash then value.each_with_object({}) { |(name, each), all| all[plain(name)] = plain(each) }
    when Array then value.map { |each| plain(each) }
    else value
    end
  end

  # A parameter whose value the library checks.
  class Plain < Puppet::Parameter
    def unsafe_munge(value)
      PuppetX::Infrastate::AccessKey.plain(value)
    end
  end

  # Compares nothing itself: the library's plan says what is to be done.
  class Ensure < Puppet::Property
    def unsafe_munge(value)
      super(PuppetX::Infrastate::AccessKey.plain(value))
    end

    def unsafe_validate(value)
      super(PuppetX::Infrastate::AccessKey.plain(value))
    end

    def retrieve
      provider.look
      provider.exists? ? :present : :absent
    end

    def insync?(_is)
      !provider.pending?
    end

    def set(_value)
      provider.apply
    end

    def change_to_s(_is, _should)
      provider.sentence
    end

    # Puppet writes "current_value IS, should be SHOULD (noop)".
    def format(text, *values)
      noop && provider.pending? && text.include?('(noop)') ? "#{provider.sentence} (noop)" : super
    end
  end

  # Puppet would warn that it cannot hide a parameter. No text of Puppet's shows these, and the plan that `ensure` shows
  # holds no secret.
  def set_sensitive_parameters(names)
    names.each do |name|
      found = parameter(name)
      found.sensitive = true if found && name.to_sym != :ensure
    end
  end

  def refresh
    provider.rotate unless self[:ensure] == :absent
  end

  # puppet resource would print what it was given, passwords too.
  def to_resource
    refuse_puppet_resource
    super
  end

  # The catalogue of puppet resource is of no node.
  def refuse_puppet_resource
    raise Puppet::Error, REFUSED if catalog && catalog.name.nil?
  end

  # The package of the gem, if it is managed. Puppet's own autorequire(:package) would load the type package with all its
  # providers, which costs two seconds in a run that manages no package.
  def autorequire(rel_catalog = nil)
    package = (rel_catalog || catalog).resources.find { |each| each.type == :package && each.name == 'infrastate' }
    super + (package ? [Puppet::Relationship.new(package, self)] : [])
  end

  # The files that the key needs, and the folder of the one that it makes.
  def files(names)
    folder = self[:secret_file].is_a?(String) ? [File.dirname(self[:secret_file])] : []
    folder + names.map { |name| self[name] }.grep(String)
  end
end
