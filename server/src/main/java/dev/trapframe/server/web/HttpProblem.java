package dev.trapframe.server.web;

import org.jspecify.annotations.Nullable;

/** Ends a request with a problem; {@link ErrorPages} turns it into JSON or into a page. */
public final class HttpProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ProblemJson problem;

    public HttpProblem(ProblemJson problem) {
        super(problem.type() + ": " + problem.detail(), null, false, false);
        this.problem = problem;
    }

    public HttpProblem(int status, String type, String title, String detail) {
        this(new ProblemJson(type, title, status, detail, null));
    }

    public static HttpProblem badRequest(String detail, @Nullable String pointer) {
        return new HttpProblem(
                new ProblemJson("bad-request", "The request cannot be understood", 400, detail, pointer));
    }

    public static HttpProblem notFound(String detail) {
        return new HttpProblem(404, "not-found", "There is nothing at this address", detail);
    }

    public static HttpProblem forbidden(String detail) {
        return new HttpProblem(403, "forbidden", "This request is refused", detail);
    }

    public static HttpProblem tooLarge(long limitBytes) {
        return new HttpProblem(
                413,
                "too-large",
                "The request is too large",
                "A request may have " + limitBytes + " bytes at the most.");
    }

    public ProblemJson problem() {
        return problem;
    }
}
