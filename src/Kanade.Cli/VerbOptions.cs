using System.CommandLine;
using System.Globalization;

namespace Kanade.Cli;

/// <summary>The options that verbs share, so that each has one name and one meaning. What is configured is in the file; these say where and how long.</summary>
static class VerbOptions
{
    public static Option<string> Config(bool required = true) => new("--config")
    {
        Description = "What to do: a YAML file (see: kanade config show).",
        HelpName = "yml",
        Required = required,
    };

    public static Option<string[]> Overrides() => new("-o", "--override")
    {
        Description = "Overrides one key of the configuration; may be repeated.",
        HelpName = "key.path=value",
        DefaultValueFactory = _ => [],
    };

    public static Option<string> Out(string description, bool required = true) => new("--out")
    {
        Description = description,
        HelpName = "path",
        Required = required,
    };

    public static Option<string?> Resume() => new("--resume")
    {
        Description = "A checkpoint folder to go on from; without it, the latest one in --out.",
        HelpName = "checkpoint",
    };

    public static Option<long?> MaxSteps()
    {
        var option = new Option<long?>("--max-steps") { Description = "Stops, and saves, after this step.", HelpName = "n" };
        option.Validators.Add(result =>
        {
            if (long.TryParse(result.Tokens is [var token] ? token.Value : "", CultureInfo.InvariantCulture, out var steps) && steps < 1)
                result.AddError("--max-steps must be 1 or more");
        });
        return option;
    }

    public static Option<string> Device()
    {
        var option = new Option<string>("--device")
        {
            Description = "cpu, cuda or cuda:<number>.",
            HelpName = "device",
            DefaultValueFactory = _ => "cpu",
        };
        option.Validators.Add(result =>
        {
            var name = result.GetValueOrDefault<string>() ?? "";
            if (name is not ("cpu" or "cuda") && !(name.StartsWith("cuda:", StringComparison.Ordinal) && byte.TryParse(name[5..], out _)))
                result.AddError($"--device is cpu, cuda or cuda:<number>, not '{name}'");
        });
        return option;
    }

    public static Option<long?> Seed() => new("--seed") { Description = "Where every random draw begins.", HelpName = "n" };

    public static Option<bool> Json() => new("--json") { Description = "The result as JSON on standard output, and nothing else there." };
}
