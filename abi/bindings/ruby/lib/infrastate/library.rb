# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require "fiddle"

module Infrastate
  # The functions of libinfrastate.
  module Library
    SONAME = "libinfrastate.so.1"
    ABI_MAJOR = 1

    # The library that INFRASTATE_LIBRARY names, that lies beside this file, or that the system has,
    # in this order.
    def self.find
      named = ENV["INFRASTATE_LIBRARY"]
      return named unless named.nil? || named.empty?

      carried = File.expand_path(SONAME, __dir__)
      File.file?(carried) ? carried : SONAME
    end
    private_class_method :find

    PATH = find

    def self.load
      Fiddle.dlopen(PATH)
    rescue Fiddle::DLError => e
      raise LoadError, "libinfrastate was looked for as #{PATH} and cannot be loaded (#{e.message}); " \
                       "INFRASTATE_LIBRARY may name another file"
    end
    private_class_method :load

    HANDLE = load

    def self.address(name)
      HANDLE["infrastate_#{name}"]
    rescue Fiddle::DLError
      raise LoadError, "#{PATH} has no infrastate_#{name}: it is no libinfrastate, or one that is too old"
    end
    private_class_method :address

    def self.function(name, arguments, result, quick: false)
      Fiddle::Function.new(address(name), arguments, result, name: name, need_gvl: quick)
    end
    private_class_method :function

    POINTER = Fiddle::TYPE_VOIDP
    SIZE = Fiddle::TYPE_SIZE_T
    CODE = Fiddle::TYPE_INT32_T
    CALL = [POINTER, POINTER, SIZE, POINTER, POINTER].freeze

    found = function("abi_version", [], CODE, quick: true).call
    unless found >> 16 == ABI_MAJOR
      raise LoadError, "#{PATH} has interface #{found >> 16}.#{found & 0xFFFF}; #{ABI_MAJOR}.x is needed"
    end

    # Functions that do not wait are called with Ruby's lock held.
    VERSION = function("version", [], POINTER, quick: true)
    CANCEL_OPEN = function("cancel_open", [POINTER, POINTER], CODE, quick: true)
    CANCEL_SET = function("cancel_set", [POINTER], Fiddle::TYPE_VOID, quick: true)
    RESULT_JSON = function("result_json", [POINTER, POINTER], POINTER, quick: true)

    DESCRIBE = function("describe", [POINTER], CODE)
    CLIENT_OPEN = function("client_open", [POINTER, SIZE, POINTER, POINTER, POINTER, POINTER], CODE)
    PLAN = function("plan", CALL, CODE)
    APPLY = function("apply", CALL, CODE)
    INFO = function("info", CALL, CODE)

    # The Fiddle::Pointer that owns the memory calls these. They need no Ruby, so they also work
    # during garbage collection and at the end of the process. None of them waits or logs.
    CLIENT_CLOSE = address("client_close")
    CANCEL_FREE = address("cancel_free")
    RESULT_FREE = address("result_free")

    # Memory in which a function stores a pointer; NULL at first.
    def self.room
      room = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
      room[0, Fiddle::SIZEOF_VOIDP] = "\0" * Fiddle::SIZEOF_VOIDP
      room
    end
  end
  private_constant :Library
end
