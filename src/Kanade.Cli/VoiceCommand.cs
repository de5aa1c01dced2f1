using System.CommandLine;
using System.Globalization;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Torch;
using Kanade.Training;
using Serilog;

namespace Kanade.Cli;

/// <summary><c>kanade voice make|info</c>: a voice from a checkpoint of the second stage, and what a voice is.</summary>
static class VoiceCommand
{
    const string RunConfigFile = "config.yml";

    public static Command Create(CommandContext context) =>
        new("voice", "Make a voice from a checkpoint, or describe one.") { Make(context), Info(context) };

    static Command Make(CommandContext context)
    {
        var source = new Argument<string>("run") { Description = "A run folder of train-second, or one of its checkpoints." };
        var output = VerbOptions.Out("The folder of the voice to make.");
        var dataset = new Option<string?>("--dataset")
        {
            Description = "The dataset whose recordings the styles are measured on; otherwise the one in the run's config.yml.",
            HelpName = "folder",
        };
        var json = VerbOptions.Json();
        var command = new Command("make", "Make a voice of a run of train-second, at any checkpoint.") { source, output, dataset, json };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            NewFolder.Require(folder);
            Libtorch.Load();
            SelfTest.Require();
            var checkpoint = Choose(parsed.GetRequiredValue(source));
            var run = Path.GetDirectoryName(Path.GetFullPath(checkpoint.Folder))!;
            using var data = OpenData(run, parsed.GetValue(dataset), context.Log);
            var isBest = checkpoint.State is { BestScore: not null } state && state.BestStep == state.Step;
            context.Log.Information("Taking {Checkpoint:l}, {Kind:l}", checkpoint.Folder, isBest ? "the best of its run" : "not the best");
            if (data.Hash != checkpoint.State.DataHash)
                context.Log.Warning("{Dataset:l} is not the dataset that the voice was trained on, or it has changed", data.Dataset.Folder);
            VoiceConfig? config = null;
            NewFolder.Make(folder, beside => config = VoiceFolder.Export(checkpoint, data, beside, context.Log));
            context.Log.Information("Made voice {Folder:l}, default style {Default:l}", folder, config!.DefaultStyle);
            if (parsed.GetValue(json))
                context.WriteJson(new
                {
                    Out = folder,
                    Checkpoint = checkpoint.Folder,
                    checkpoint.State.Step,
                    config.DefaultStyle,
                    HasDiffusion = config.SigmaData > 0,
                });
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The checkpoint to take: the one named, or of a run the best one, or the latest where none is known as the best.</summary>
    internal static Checkpoint Choose(string path) => Checkpoint.OpenBest(path, SecondStage.Name);

    /// <summary>The dataset that styles are measured on: another that is named, or that of the run.</summary>
    static TrainingData OpenData(string runFolder, string? dataset, ILogger log)
    {
        var path = Path.Combine(runFolder, RunConfigFile);
        var config = File.Exists(path) ? ConfigFile.Read<SecondStageConfig>(SecondStage.Name, path, []) : null;
        if (config is null && dataset is null)
            throw new UsageException($"--dataset is missing, and there is no {path} that names one");
        var folder = dataset ?? config!.Dataset;
        if (dataset is null && !Directory.Exists(folder))
            throw new UsageException($"--dataset is missing, and {path} names '{folder}', which is not there");
        // Another dataset need not have what the run asked of its own.
        return dataset is null
            ? TrainingData.Open(folder!, config!.Run, log, requireDurations: config.Alignment == AlignmentSource.Dataset)
            : TrainingData.Open(folder!, new RunConfig(Steps: 1, LongestSeconds: double.MaxValue), log);
    }

    static Command Info(CommandContext context)
    {
        var source = new Argument<string>("voice") { Description = "The folder of a voice, or a run of train-second." };
        var json = VerbOptions.Json();
        var command = new Command("info", "What a voice is: rate, styles, networks and their sizes.") { source, json };
        command.SetAction(parsed =>
        {
            var folder = VoiceFolder.Locate(parsed.GetRequiredValue(source));
            var config = VoiceFolder.ReadConfig(folder);
            var parameters = Parameters(Path.Combine(folder, Voice.WeightsFile));
            var styles = Styles(Path.Combine(folder, Voice.StylesFile));
            if (parsed.GetValue(json))
                context.WriteJson(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("folder", folder);
                    writer.WritePropertyName("styles");
                    ConfigWriter.ToJson(writer, styles);
                    writer.WriteBoolean("has_diffusion", config.SigmaData > 0);
                    writer.WritePropertyName("numbers");
                    ConfigWriter.ToJson(writer, parameters);
                    writer.WritePropertyName("config");
                    ConfigWriter.ToJson(writer, config);
                    writer.WriteEndObject();
                });
            else
                Print(context.Output, folder, config, parameters, styles);
            return ExitCode.Done;
        });
        return command;
    }

    static void Print(TextWriter output, string folder, VoiceConfig config, Dictionary<string, long> parameters, string[] styles)
    {
        void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        Line($"{folder}: {(config.Name.Length > 0 ? config.Name : "a voice without a name")}, {config.Mel.SampleRate} Hz");
        if (config.SigmaData > 0)
            Line($"style diffusion: sigma_data {config.SigmaData:G4}");
        else
            Line($"style diffusion: not trained");
        Line($"{styles.Length} styles{(styles.Length > 0 ? $", default {config.DefaultStyle ?? styles[0]}" : "")}");
        foreach (var style in styles)
            Line($"  {style}");
        foreach (var (network, count) in parameters)
            Line($"  {network,-28}{count,14:N0} numbers");
        Line($"  {"all networks",-28}{parameters.Values.Sum(),14:N0} numbers");
        output.WriteLine();
        output.Write(VoiceFolder.ToYaml(config));
    }

    /// <summary>Numbers of each network, weights and buffers: tensors are named <c>network.parameter</c>.</summary>
    static Dictionary<string, long> Parameters(string path)
    {
        if (!File.Exists(path))
            throw new CheckpointException($"{path}: missing; give the folder of a voice");
        using var file = SafeTensorsFile.Open(path);
        return file.Names.GroupBy(name => name.Split('.')[0]).OrderBy(network => network.Key, StringComparer.Ordinal)
            .ToDictionary(network => network.Key, network => network.Sum(name => file.Shape(name).Aggregate(1L, (a, b) => a * b)));
    }

    static string[] Styles(string path)
    {
        if (!File.Exists(path))
            return [];
        using var file = SafeTensorsFile.Open(path);
        return [.. file.Names.Order(StringComparer.Ordinal)];
    }
}
