# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require "fiddle"
require "json"

module Infrastate
  # The functions of libinfrastate: the only place that knows Fiddle.
  module Library
    SONAME = "libinfrastate.so.1"
    ABI_MAJOR = 1

    # The library that INFRASTATE_LIBRARY names, that lies beside this file, or that the system has.
    def self.find
      named = ENV["INFRASTATE_LIBRARY"]
      return named unless named.nil? || named.empty?

      carried = File.expand_path(SONAME, __dir__)
      File.file?(carried) ? carried : SONAME
    end

    HANDLE = Fiddle.dlopen(find)

    def self.function(name, arguments, result)
      Fiddle::Function.new(HANDLE["infrastate_#{name}"], arguments, result, name: name)
    end
    private_class_method :function

    POINTER = Fiddle::TYPE_VOIDP
    SIZE = Fiddle::TYPE_SIZE_T
    CODE = Fiddle::TYPE_INT32_T
    CALL = [POINTER, POINTER, SIZE, POINTER, POINTER].freeze

    VERSION = function("version", [], POINTER)
    ABI_VERSION = function("abi_version", [], Fiddle::TYPE_INT32_T)
    DESCRIBE = function("describe", [POINTER], CODE)
    CLIENT_OPEN = function("client_open", [POINTER, SIZE, POINTER, POINTER, POINTER, POINTER], CODE)
    CLIENT_CLOSE = function("client_close", [POINTER], Fiddle::TYPE_VOID)
    PLAN = function("plan", CALL, CODE)
    APPLY = function("apply", CALL, CODE)
    INFO = function("info", CALL, CODE)
    CANCEL_NEW = function("cancel_new", [], POINTER)
    CANCEL_SET = function("cancel_set", [POINTER], Fiddle::TYPE_VOID)
    CANCEL_FREE = function("cancel_free", [POINTER], Fiddle::TYPE_VOID)
    RESULT_JSON = function("result_json", [POINTER, POINTER], POINTER)
    RESULT_FREE = function("result_free", [POINTER], Fiddle::TYPE_VOID)

    found = ABI_VERSION.call
    unless found >> 16 == ABI_MAJOR
      raise LoadError, "libinfrastate has interface #{found >> 16}.#{found & 0xFFFF}; #{ABI_MAJOR}.x is needed"
    end

    # Gives the block room for a pointer; the pointer that was stored there.
    def self.pointer
      Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE) do |room|
        room[0, Fiddle::SIZEOF_VOIDP] = [0].pack("J")
        yield room
        return Fiddle::Pointer.new(room[0, Fiddle::SIZEOF_VOIDP].unpack1("J"))
      end
    end

    # Gives the block room for a result, which is read and freed: the code and the JSON.
    def self.result
      code = nil
      result = pointer { |out| code = yield out }
      text = read(result)
      [code, JSON.parse(text)]
    ensure
      RESULT_FREE.call(result) unless result.nil?
    end

    def self.read(result)
      Fiddle::Pointer.malloc(Fiddle::SIZEOF_SIZE_T, Fiddle::RUBY_FREE) do |size|
        text = RESULT_JSON.call(result, size)
        return text[0, size[0, Fiddle::SIZEOF_SIZE_T].unpack1("J")].force_encoding("UTF-8")
      end
    end
    private_class_method :read
  end
  private_constant :Library
end
