# SPDX-License-Identifier: Apache-2.0

describe file('/etc/trial/infra.key') do
  it { should be_file }
  its('mode') { should cmp '0600' }
  its('content') { should match(/\A[A-Za-z0-9]{10}\.[A-Za-z0-9]{24}\z/) }
end
