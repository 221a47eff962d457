# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# The actions of the resource with a session that is played: what is asked of it, and what Chef is told.
require "chef"

cookbook = ENV.fetch("COOKBOOK")
Dir["#{cookbook}/libraries/*.rb"].sort.each { |file| require file }

describe "infra_access_key" do
  let(:resource_class) { Chef::Resource.of("#{cookbook}/resources/infra_access_key.rb") }
  let(:resource) { resource_class.new("my-key") }
  let(:session) { instance_double("InfrastateCookbook::Session", plan: result(["create"]), apply: result(["create"]), warnings: ["look here"]) }
  let(:asked) { [] }

  before do
    allow(InfrastateCookbook::Session).to receive(:new) { |values, _debug| asked << values and session }
    allow($stdout).to receive(:write)
    allow(Chef::Log).to receive(:warn)
    Chef::Config[:why_run] = false
  end

  after { Chef::Config[:why_run] = false }

  def result(actions)
    double("Infrastate::Result", changed?: !actions.empty?, actions: actions, summary: "create access key 'my-key'", explanation: "it does not exist")
  end

  def run(action)
    Chef::Provider.run(resource, action)
  end

  it "gives the parameters that are set their names in the schema" do
    resource.request_retries 0
    resource.use_proxy false
    resource.adopt :replace
    run(:create)
    expect(asked).to eq([{ "state" => "present", "name" => "my-key", "retries" => 0, "use_proxy" => false, "adopt" => "replace" }])
    expect(resource.updated).to be(true)
  end

  it "leaves Chef's own retries alone" do
    resource.retries 3
    run(:create)
    expect(asked.first).not_to have_key("retries")
  end

  it "changes nothing in why-run, and says what it would do" do
    Chef::Config[:why_run] = true
    expect(session).not_to receive(:apply)
    expect { run(:create) }.to output(/- Would create access key 'my-key'\n +it does not exist\n/).to_stdout
  end

  it "is up to date if the plan is empty" do
    allow(session).to receive(:plan).and_return(result([]))
    expect(session).not_to receive(:apply)
    run(:create)
    expect(resource.updated).to be(false)
  end

  it "deletes, and rotates by the server's time" do
    run(:delete)
    other = resource_class.new("my-key")
    Chef::Provider.run(other, :rotate)
    expect(asked.map { |values| values.values_at("state", "rotate_if_created_before") }).to eq([["absent", nil], ["present", "now"]])
  end

  it "does not rotate the key that the same run has made" do
    run(:create)
    run(:rotate)
    expect(asked.size).to eq(1)
  end

  it "says each warning once" do
    run(:create)
    expect(Chef::Log).to have_received(:warn).with("infra_access_key[my-key] look here").once
  end

  it "says the warnings of a failure, too" do
    allow(session).to receive(:plan).and_raise(InfrastateCookbook::Failure, "the server is down")
    expect { run(:create) }.to raise_error(InfrastateCookbook::Failure, "the server is down")
    expect(Chef::Log).to have_received(:warn).once
  end

  it "takes a secret of any type, so that no message of Chef's shows it" do
    resource.access_key ["not a text"]
    expect { resource.timeout ["x"] }.to raise_error(Chef::Exceptions::ValidationFailed)
  end
end
