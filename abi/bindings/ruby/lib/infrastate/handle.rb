# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module Infrastate
  # Makes an object refuse to be serialized.
  module Unwritten
    def to_json(*)
      raise TypeError, "an #{self.class} is not written as JSON, as YAML or by Marshal"
    end
    alias as_json to_json
    alias encode_with to_json
    alias marshal_dump to_json
  end
  private_constant :Unwritten

  # A pointer that is freed once it was closed and no call uses it any more, or when it is garbage.
  # It has no lock: signal handlers may not wait for one.
  class Handle
    include Unwritten

    # With a block: closes it at the end of the block.
    def self.open(**options)
      handle = new(**options)
      return handle unless block_given?

      begin
        yield handle
      ensure
        handle.close
      end
    end

    # Frees the handle, after the calls that still run in other threads. May be called again.
    def close
      @closed = true
      free_if_unused
      nil
    end

    def closed?
      @closed || @pointer.nil?
    end

    def inspect
      "#<#{self.class} #{closed? ? 'closed' : 'open'}>"
    end

    # @api private
    # Gives the block the pointer. It is not freed while the block runs.
    def use
      user = Object.new
      # Registers first and checks then; close does it in the other order.
      @users[user] = Thread.current
      raise IOError, "the #{self.class} is closed" if closed?

      yield @pointer
    ensure
      @users.delete(user)
      free_if_unused if closed?
    end

    private

    # From here on the pointer is freed, by close or by garbage collection.
    def own(pointer, free)
      pointer.free = free
      @pointer = pointer
      @users = {}.compare_by_identity
      @closed = false
    end

    # After a fork the threads of the parent are not alive in the child: they use nothing here.
    def free_if_unused
      @pointer&.call_free if @users.values.none?(&:alive?)
    end

    def initialize_copy(_other)
      raise TypeError, "an #{self.class} cannot be copied"
    end
  end
  private_constant :Handle
end
