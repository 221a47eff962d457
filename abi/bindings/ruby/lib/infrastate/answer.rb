# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

require "json"

module Infrastate
  # The answer of one call. Ruby may interrupt at almost any point once the function has returned,
  # and an exception of a signal cannot be held back at all. So the answer is registered with its
  # thread, and has room for the result, from before the call until it has become a Result. The
  # steps after that may be repeated.
  class Answer
    UNCLAIMED = :infrastate_unclaimed
    private_constant :UNCLAIMED

    # Gives the block an answer. It stays registered with the thread if the block is left early.
    def self.claim
      thread = Thread.current
      answers = thread.thread_variable_get(UNCLAIMED) || thread.thread_variable_set(UNCLAIMED, [])
      answers << (answer = new)
      begin
        result = yield answer
        claimed = true
        result
      ensure
        answers.delete(answer) if claimed || !answer.changed?
      end
    end

    # Takes nothing from a thread that is busy with other calls.
    def self.unclaimed(thread)
      answers = thread == Thread.current || !thread.alive? ? thread.thread_variable_get(UNCLAIMED) || [] : []
      found = answers.select(&:changed?)
      results = found.map { |answer| Result.of(answer.fields) }
      found.each { |answer| answers.delete(answer) }
      results
    end

    def initialize
      @room = Library.room
    end

    # Gives the block the memory in which a function stores its result.
    def receive
      yield @room
    ensure
      own
    end

    # The JSON; nil if no function has answered.
    def fields
      return @fields if @fields || own.nil?

      @fields = JSON.parse(text, freeze: true)
      @pointer.call_free
      @fields
    end

    # Whether the server was changed, or may have been.
    def changed?
      !fields.nil? && fields.fetch("outcome", "none") != "none"
    end

    private

    # The result is freed, and thereby overwritten, at the latest when the answer is garbage
    # collected.
    def own
      return @pointer if @pointer

      found = @room.ptr
      return if found.null?

      found.free = Library::RESULT_FREE
      @pointer = found
    end

    def text
      size = Fiddle::Pointer.malloc(Fiddle::SIZEOF_SIZE_T, Fiddle::RUBY_FREE)
      start = Library::RESULT_JSON.call(@pointer, size)
      start[0, size[0, Fiddle::SIZEOF_SIZE_T].unpack1("J")].force_encoding("UTF-8")
    end
  end
  private_constant :Answer
end
