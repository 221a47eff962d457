# SPDX-License-Identifier: Apache-2.0
# chef install; chef push production Policyfile.lock.json

name 'infrastate'
default_source :supermarket
cookbook 'infrastate', path: '.'
cookbook 'trial', path: 'test/cookbooks/trial'
run_list 'infrastate::default', 'trial::default'
