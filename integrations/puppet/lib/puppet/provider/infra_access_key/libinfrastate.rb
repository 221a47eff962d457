# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require_relative '../../../puppet_x/infrastate/session'

Puppet::Type.type(:infra_access_key).provide(:libinfrastate) do
  desc 'Asks libinfrastate, through the Ruby gem infrastate. It is loaded when the first key is looked at.'

  # It is not confined to hosts with the gem: Puppet would then say "no suitable provider" instead of what is missing.

  # Asks for the plan, and changes nothing.
  def look
    resource.refuse_puppet_resource
    @result = report { session.plan }
    # A run that follows says them itself.
    warn_of(session.warnings) if resource.noop? || !pending?
  end

  def exists?
    !@result.resource.nil?
  end

  def pending?
    @result.changed?
  end

  def apply
    @result = report { session.apply }
    @made = @result.actions.include?('create')
    warn_of(session.warnings)
  end

  # Not again in the run that has made the key, nor where the look at the server failed.
  def rotate
    return if @made || @result.nil?

    @result = report { session.apply('rotate_if_created_before' => 'now') }
    warn_of(session.warnings)
    resource.notice(sentence)
  end

  # What is to be done or was done, and why.
  def sentence
    [@result.summary, @result.explanation].compact.join(': ')
  end

  private

  def session
    @session ||= PuppetX::Infrastate::Session.new(values, resource.method(:debug))
  end

  def values
    names = resource.class.parameters - %i[provider]
    names.map { |name| [name.to_s, resource[name]] }.to_h.merge('state' => resource[:ensure].to_s)
  end

  def report
    yield
  rescue PuppetX::Infrastate::Failure => e
    warn_of(session.warnings)
    raise Puppet::Error, e.message
  end

  def warn_of(sentences)
    sentences.each { |each| resource.warning(each) }
  end
end
