# SPDX-License-Identifier: Apache-2.0
# The gem with the library inside: a file on this machine, or nil for Chef's sources of gems.
default['infrastate']['gem_file'] = nil
