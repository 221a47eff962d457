# SPDX-License-Identifier: Apache-2.0

name    'trial'
version '1.0.0'
depends 'infrastate'
