# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require 'spec_helper'

describe 'host.example.com', type: :host do
  let(:facts) { {} }
  let(:pre_condition) { File.read(File.expand_path("../../examples/#{example}.pp", __dir__)) }

  { 'app' => 'my-app', 'fleet' => '/etc/infra/connector.key', 'rotate' => 'my-app', 'remove' => 'my-app' }.each do |example, title|
    context "with the example #{example}" do
      let(:example) { example }

      it { is_expected.to compile.with_all_deps }
      it { is_expected.to contain_infra_access_key(title).with_access_key_file('/etc/infra/admin.key') }
    end
  end
end
