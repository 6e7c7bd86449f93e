// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package driver;

import com.google.gson.Gson;
import com.pulumi.Context;
import com.pulumi.automation.LocalWorkspace;
import com.pulumi.automation.LocalWorkspaceOptions;
import com.pulumi.automation.OperationType;
import com.pulumi.automation.PreviewOptions;
import com.pulumi.automation.UpOptions;
import com.pulumi.automation.WorkspaceStack;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Deploys the example, or another program, as an inline program of the Automation API. It reads requests from its standard
 * input and writes responses to file descriptor 3, as lines of JSON.
 */
public final class Driver {
    private static final Gson GSON = new Gson();

    /** The programs other than the example, by name. */
    private static final Map<String, Consumer<Context>> PROGRAMS =
        Map.of("every-component", EveryComponent::stack, "exported", Exported::stack);

    private static final class Request {
        int id;
        String command;
        String program;
        String stack;
        String dir;
        Map<String, String> env;
        boolean expectNoChanges;
    }

    private static final class Response {
        int id;
        String error = "";
        String output = "";
        Map<String, Integer> changes = new HashMap<>();
    }

    public static void main(String[] args) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Writer responses = new OutputStreamWriter(new FileOutputStream("/dev/fd/3"), StandardCharsets.UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                responses.write(GSON.toJson(run(GSON.fromJson(line, Request.class))) + "\n");
                responses.flush();
            }
        }
        // Exit even if threads of the SDK are still running.
        System.exit(0);
    }

    private static Response run(Request request) {
        var response = new Response();
        response.id = request.id;
        var output = new StringBuffer();
        var options = LocalWorkspaceOptions.builder()
            .workDir(Path.of(request.dir))
            .environmentVariables(request.env)
            .program(PROGRAMS.getOrDefault(request.program, shop.App::stack))
            .build();
        try (var stack = WorkspaceStack.select(request.stack, LocalWorkspace.create(options))) {
            Map<OperationType, Integer> changes;
            if (request.command.equals("preview")) {
                changes = stack.preview(PreviewOptions.builder()
                    .onStandardOutput(line -> output.append(line).append('\n'))
                    .onStandardError(line -> output.append(line).append('\n'))
                    .build()).changeSummary();
            } else {
                changes = stack.up(UpOptions.builder()
                    .onStandardOutput(line -> output.append(line).append('\n'))
                    .onStandardError(line -> output.append(line).append('\n'))
                    .expectNoChanges(request.expectNoChanges)
                    .build()).summary().resourceChanges();
            }
            changes.forEach((operation, count) -> response.changes.put(operation.name().toLowerCase(Locale.ROOT), count));
        } catch (Exception e) {
            response.error = e.toString();
        }
        response.output = output.toString();
        return response;
    }
}
