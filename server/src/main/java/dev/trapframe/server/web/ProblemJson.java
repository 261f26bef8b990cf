package dev.trapframe.server.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong with a request, as RFC 9457 has it.
 *
 * @param type    a word for programs, as a relative reference: {@code bad-answer}, {@code attempt-closed}, …
 * @param title   the same for people, the same for every occurrence
 * @param status  the HTTP status
 * @param detail  this occurrence: what was wrong and what would be right
 * @param pointer JSON pointer into the request's body, where one place is to blame
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProblemJson(
        String type,
        String title,
        int status,
        @Nullable String detail,
        @Nullable String pointer) {

    public static final String MEDIA_TYPE = "application/problem+json";
}
