# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "infrastate"
  spec.version = File.read(File.expand_path("VERSION", __dir__)).strip
  spec.summary = "Keeps access keys of an Infra server in a described state"
  spec.description = "Describe the access keys that an Infra server should have; it looks, says what differs, and " \
                     "makes it so. This is Ruby's way to libinfrastate, by Fiddle: nothing is compiled."
  spec.authors = ["The infrastate authors"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 3.0" # from 3.0 on Fiddle frees pointers at once and can call with Ruby's lock held
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*", "licences/*", "LICENSE", "VERSION"].select { |name| File.file?(name) }.sort }
  # If a library lies beside the sources, the gem carries it and is for machines like this one, or for the platform
  # that scripts/release names.
  spec.platform = ENV.fetch("INFRASTATE_GEM_PLATFORM", Gem::Platform::CURRENT) if spec.files.any? { |name| name.end_with?(".so.1") }
end
