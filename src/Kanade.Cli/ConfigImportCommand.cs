using System.CommandLine;
using Kanade.Training;

namespace Kanade.Cli;

/// <summary><c>kanade config import</c>: our two files from a training configuration of StyleTTS 2 or Tsukasa.</summary>
static class ConfigImportCommand
{
    /// <summary>About the size of LJSpeech's training set, which the original's own configuration is for.</summary>
    const int DefaultUtterances = 12_500;

    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("yml") { Description = "The training configuration of StyleTTS 2 or Tsukasa, as it is." };
        var output = VerbOptions.Out("The folder to make, with first.yml and second.yml.");
        var utterances = new Option<int>("--utterances")
        {
            Description = "Utterances of the training set: the original counts in epochs, Kanade in steps.",
            HelpName = "n",
            DefaultValueFactory = _ => DefaultUtterances,
        };
        utterances.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--utterances must be 1 or more");
        });
        var json = VerbOptions.Json();
        var command = new Command("import", "Make first.yml and second.yml of a StyleTTS 2 or Tsukasa training configuration.")
        {
            path, output, utterances, json,
        };
        command.SetAction(parsed =>
        {
            var (folder, file, count) = (parsed.GetRequiredValue(output), parsed.GetRequiredValue(path), parsed.GetValue(utterances));
            NewFolder.Require(folder);
            var imported = new OriginalTraining(OriginalConfig.Read(file, message => new ConfigurationException(message)), count).Convert();
            NewFolder.Make(folder, beside =>
            {
                if (imported.First is { } first)
                    Write(beside, FirstStage.Name, first, file);
                Write(beside, SecondStage.Name, imported.Second, file);
            });
            Report(context, file, folder, count, imported, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Writes a configuration and reads it back, which checks every key and value as a training would.</summary>
    static void Write(string folder, string kind, object config, string source)
    {
        var path = Path.Combine(folder, kind + ".yml");
        var yaml = ConfigWriter.ToYaml(new ConfigFile(kind, config));
        File.WriteAllText(path, $"# Imported from {Path.GetFileName(source)}.\n{yaml}");
        if (ConfigWriter.ToYaml(ConfigFile.Read(path, [])) != yaml)
            throw new InvalidOperationException($"{kind}.yml does not read back as it was written");
    }

    static void Report(CommandContext context, string file, string folder, int utterances, ImportedTraining imported, bool json)
    {
        context.Log.Information(
            "Epochs became steps: {Utterances} utterances in batches of {Batch} are {Steps} steps an epoch; change with --utterances",
            utterances, imported.Second.Run.BatchSize, imported.StepsPerEpoch);
        context.Log.Information(
            "Text encoder and predictor have Tsukasa's mLSTMs; for StyleTTS 2's LSTMs set acoustic.context and prosody.context to lstm");
        context.Log.Information("The SLM losses and the SLM phase are off until slm.weights names a Whisper encoder or WavLM");
        if (imported.First is null)
            context.Log.Warning("{File:l} has no epochs_1st: no first.yml was made", file);
        if (json)
        {
            context.WriteJson(new
            {
                Out = folder,
                First = imported.First is null ? null : Path.Combine(folder, FirstStage.Name + ".yml"),
                Second = Path.Combine(folder, SecondStage.Name + ".yml"),
                imported.StepsPerEpoch,
                NotTaken = imported.NotTaken.Select(k => new { k.Key, k.Reason }),
            });
            return;
        }
        foreach (var (key, reason) in imported.NotTaken)
            context.Output.WriteLine($"{key}: {reason}");
    }
}
