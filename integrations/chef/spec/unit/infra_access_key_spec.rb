# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require 'spec_helper'

# ChefSpec plays the run, and the session with the library is played here: no server is needed.
describe 'infra_access_key' do
  step_into :infra_access_key

  let(:result) { double('Infrastate::Result', changed?: true, actions: ['create'], summary: "create access key 'x'", explanation: 'it does not exist') }
  let(:session) { double('InfrastateCookbook::Session', plan: result, apply: result, warnings: []) }

  before do
    allow(InfrastateCookbook::Session).to receive(:new).and_return(session)
  end

  context 'with a plan' do
    recipe do
      infra_access_key 'my-app' do
        secret_file '/etc/my-app/infra.key'
      end
    end

    it 'makes the key' do
      expect(session).to receive(:apply).and_return(result)
      expect(chef_run).to create_infra_access_key('my-app')
    end
  end

  context 'with :delete' do
    recipe do
      infra_access_key 'my-app' do
        action :delete
      end
    end

    it 'asks for the absent key' do
      expect(InfrastateCookbook::Session).to receive(:new).with(hash_including('state' => 'absent', 'name' => 'my-app'), anything).and_return(session)
      expect(chef_run).to delete_infra_access_key('my-app')
    end
  end
end
