# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module InfrastateCookbook
  # What the actions of infra_access_key do.
  module AccessKey
    # The library's plan says what is to be done, so that why-run shows what a run would do. The library writes the
    # secret: Chef's own `file` would leave a copy in its backups.
    def keep(more)
      session = Session.new(values.merge(more), ->(text) { Chef::Log.debug("#{new_resource} #{text}") })
      plan = told(session) { session.plan }
      # A run that follows says them itself.
      warn_of(session) if whyrun_mode? || !plan.changed?
      return unless plan.changed?

      converge_by([plan.summary || plan.explanation, [plan.explanation]]) do
        result = told(session) { session.apply }
        warn_of(session)
        new_resource.made_in_this_run = true if result.actions.include?('create')
      end
    end

    # The parameters that are set, under the schema's names.
    def values
      given = PROPERTIES.transform_values { |property| new_resource.public_send(property) }
      by_name(new_resource.name).merge(given.compact)
    end

    def by_name(name)
      case name
      when %r{\A/} then { 'secret_file' => name }
      when /\Aid:/ then { 'id' => name.delete_prefix('id:') }
      else { 'name' => name }
      end
    end

    def told(session)
      yield
    rescue Failure
      warn_of(session)
      raise
    end

    def warn_of(session)
      session.warnings.each { |text| Chef::Log.warn("#{new_resource} #{text}") }
    end
  end
end
