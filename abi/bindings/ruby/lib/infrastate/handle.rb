# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

module Infrastate
  # For what no serializer may write.
  module Unwritten
    def to_json(*)
      raise TypeError, "an #{self.class} is not written as JSON, as YAML or by Marshal"
    end
    alias as_json to_json
    alias encode_with to_json
    alias marshal_dump to_json
  end
  private_constant :Unwritten

  # A pointer that is freed when it was closed and nobody uses it any more, or when it is forgotten.
  # There is no lock: signal handlers may not wait for one.
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

    # Ends it; after the calls that still run in other threads. May be repeated.
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
    # Gives the block the pointer, which is not freed meanwhile.
    def use
      user = Object.new
      # In this order, since close does it in the other one.
      @users[user] = Thread.current
      raise IOError, "the #{self.class} is closed" if closed?

      yield @pointer
    ensure
      @users.delete(user)
      free_if_unused if closed?
    end

    private

    # From here on the pointer is freed, by close or as garbage.
    def own(pointer, free)
      pointer.free = free
      @pointer = pointer
      @users = {}.compare_by_identity
      @closed = false
    end

    # Threads that were left behind in the parent by a fork are not alive: they use nothing here.
    def free_if_unused
      @pointer&.call_free if @users.values.none?(&:alive?)
    end

    def initialize_copy(_other)
      raise TypeError, "an #{self.class} cannot be copied"
    end
  end
  private_constant :Handle
end
