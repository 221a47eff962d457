# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require 'spec_helper'

describe Puppet::Type.type(:infra_access_key) do
  let(:planned) { { 'summary' => "create access key 'x'", 'explanation' => 'it does not exist', 'actions' => ['create'] } }
  let(:session) { instance_double('PuppetX::Infrastate::Session', plan: result(planned), warnings: []) }

  def result(fields)
    double('Infrastate::Result', changed?: !fields['actions'].empty?, actions: fields['actions'], resource: nil,
                                 summary: fields['summary'], explanation: fields['explanation'])
  end

  def sensitive(value)
    Puppet::Pops::Types::PSensitiveType::Sensitive.new(value)
  end

  def new_key(**parameters)
    key = described_class.new(title: 'x', **parameters)
    key.provider.instance_variable_set(:@session, session)
    key
  end

  it 'is a name, a file or an id by its title' do
    expect(described_class.new(title: 'x').to_hash).to include(name: 'x', ensure: :present)
    expect(described_class.new(title: '/etc/x.key').to_hash).to eq(secret_file: '/etc/x.key', ensure: :present, provider: :libinfrastate, loglevel: :notice)
    expect(described_class.new(title: 'id:4yJ3n3D8E2')[:id]).to eq('4yJ3n3D8E2')
  end

  it 'unwraps Sensitive values, also inside of a hash' do
    expect(new_key(keepers: sensitive('a' => sensitive('b')))[:keepers]).to eq('a' => 'b')
  end

  it 'does not warn of Sensitive parameters' do
    resource = Puppet::Resource.new(:infra_access_key, 'x', parameters: { password: 'p' })
    resource.sensitive_parameters = [:password, :ensure]
    expect(Puppet).not_to receive(:warning)
    key = described_class.new(resource)
    expect(key.parameter(:password).sensitive).to be(true)
    expect(key.property(:ensure).sensitive).to be_falsey
  end

  it 'keeps false' do
    expect(new_key(use_proxy: false)[:use_proxy]).to be(false)
  end

  it 'refuses to list keys' do
    expect { described_class.instances }.to raise_error(Puppet::Error, /\Apuppet resource cannot show or change access keys/)
  end

  it 'compares by the plan, and shows it under noop and in a run' do
    key = new_key(noop: true)
    property = key.property(:ensure)
    expect(property.retrieve).to eq(:absent)
    expect(property.insync?(:absent)).to be(false)
    noop = property.format('current_value %s, should be %s (noop)', 'a', 'b')
    expect(noop).to eq("create access key 'x': it does not exist (noop)")
    expect("#{property.change_to_s(:absent, :present)} (noop)").to eq(noop)
  end

  it 'needs nothing if the plan is empty' do
    planned.update('actions' => [], 'summary' => nil)
    property = new_key.property(:ensure)
    property.retrieve
    expect(property.insync?(:present)).to be(true)
  end

  it 'rotates on a refresh, but neither an absent key nor one that it has just made' do
    expect(session).to receive(:apply).with('rotate_if_created_before' => 'now').once.and_return(result(planned))
    absent = new_key(ensure: :absent)
    absent.property(:ensure).retrieve
    absent.refresh
    fresh = new_key
    fresh.property(:ensure).retrieve
    fresh.refresh
    made = new_key
    made.property(:ensure).retrieve
    allow(session).to receive(:apply).with(no_args).and_return(result(planned))
    made.property(:ensure).set(:present)
    made.refresh
  end

  it 'does not rotate if the look at the server failed' do
    expect(session).not_to receive(:apply)
    new_key.refresh
  end

  it 'requires the folder of its file, the files that it reads, its owner and its package' do
    catalog = Puppet::Resource::Catalog.new('host')
    key = described_class.new(title: 'x', secret_file: '/a/x.key', access_key_file: '/b', owner: 'root')
    needed = [Puppet::Type.type(:file).new(path: '/a'), Puppet::Type.type(:file).new(path: '/b'), Puppet::Type.type(:user).new(name: 'root'),
              Puppet::Type.type(:package).new(title: 'the gem', name: 'infrastate')]
    catalog.add_resource(key, *needed)
    expect(key.autorequire.map { |edge| edge.source.ref }).to match_array(needed.map(&:ref))
  end
end
