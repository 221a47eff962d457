# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "infrastate"
  spec.version = File.read(File.expand_path("VERSION", __dir__)).strip
  spec.summary = "Keeps access keys of an Infra server in a described state"
  spec.description = "Ruby's way to libinfrastate, by Fiddle: nothing is compiled."
  spec.authors = ["The infrastate authors"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 2.7"
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*", "VERSION"] }
  spec.require_paths = ["lib"]
end
