using System.CommandLine;

namespace Kanade.Cli;

/// <summary><c>kanade config check|show|import</c>: check a file, show it with every default, import another program's.</summary>
static class ConfigCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("config", "Check a configuration file, show it with every default written out, or import one.");
        command.Subcommands.Add(Verb("check", "Say whether a configuration file is right; every problem at once.", context, Check));
        command.Subcommands.Add(Verb("show", "Print a configuration file with every default written out.", context, Show));
        command.Subcommands.Add(ConfigImportCommand.Create(context));
        return command;
    }

    static Command Verb(string name, string description, CommandContext context, Action<CommandContext, string, ConfigFile, bool> act)
    {
        var path = new Argument<string>("yml") { Description = "The YAML file; its key 'kind' says what it configures." };
        var overrides = VerbOptions.Overrides();
        var json = VerbOptions.Json();
        var command = new Command(name, description) { path, overrides, json };
        command.SetAction(parsed =>
        {
            var file = parsed.GetRequiredValue(path);
            act(context, file, ConfigFile.Read(file, parsed.GetRequiredValue(overrides)), parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    static void Check(CommandContext context, string path, ConfigFile config, bool asJson)
    {
        if (asJson)
            context.WriteJson(new { File = path, config.Kind });
        else
            context.Output.WriteLine($"{path}: right, of kind {config.Kind}");
    }

    static void Show(CommandContext context, string path, ConfigFile config, bool asJson)
    {
        if (!asJson)
        {
            context.Output.Write(ConfigWriter.ToYaml(config));
            return;
        }
        context.WriteJson(json =>
        {
            json.WriteStartObject();
            json.WriteString("kind", config.Kind);
            json.WritePropertyName("value");
            ConfigWriter.ToJson(json, config.Value);
            json.WriteEndObject();
        });
    }
}
