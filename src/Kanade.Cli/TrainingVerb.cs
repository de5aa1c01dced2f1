using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog;

namespace Kanade.Cli;

/// <summary>What the five training verbs share: their options, the run folder and its lock, the configuration's hash, the summary.</summary>
/// <typeparam name="TConfig">The stage's configuration.</typeparam>
/// <typeparam name="TInput">What it is trained on.</typeparam>
/// <param name="Name">The verb.</param>
/// <param name="Kind">The kind of its configuration file, which is also the stage's name in checkpoints.</param>
/// <param name="Description">For the help.</param>
/// <param name="Inputs">Paths that the stage reads, as option and setter.</param>
sealed record TrainingVerb<TConfig, TInput>(string Name, string Kind, string Description, IReadOnlyList<TrainingInput<TConfig>> Inputs)
    where TConfig : class
    where TInput : IStageInput
{
    /// <summary>Opens what it is trained on: the configuration, the log, the processes that share it, interruption.</summary>
    public required Func<TConfig, ILogger, IProcessGroup, CancellationToken, TInput> Open { get; init; }

    /// <summary>The stage's phases; null for one.</summary>
    public Func<TConfig, PhaseSchedule>? Schedule { get; init; }

    /// <summary>Whether several processes can share a run.</summary>
    public bool IsShared { get; init; }

    /// <summary>Lists of paths that the stage reads, as option and setter.</summary>
    public IReadOnlyList<TrainingInputs<TConfig>> Lists { get; init; } = [];

    /// <summary>Where its run folder stands in the configuration.</summary>
    public required TrainingInput<TConfig> Out { get; init; }

    /// <summary>How long, how fast.</summary>
    public required Func<TConfig, RunConfig> RunOf { get; init; }

    /// <summary>The same configuration with another run.</summary>
    public required Func<TConfig, RunConfig, TConfig> WithRun { get; init; }

    /// <summary>Trains.</summary>
    public required Action<TrainingSession<TConfig, TInput>> Train { get; init; }

    public Command Create(CommandContext context)
    {
        var config = VerbOptions.Config();
        var overrides = VerbOptions.Overrides();
        var outFolder = VerbOptions.Out($"The run folder; otherwise the configuration's '{Out.Key}'.", required: false);
        var maxSteps = VerbOptions.MaxSteps();
        var seed = VerbOptions.Seed();
        var json = VerbOptions.Json();
        var inputs = Inputs.Select(i => (Input: i, Option: new Option<string?>("--" + i.Key)
        {
            Description = $"{i.Description}; otherwise the configuration's '{i.Key}'.",
            HelpName = "folder",
        })).ToArray();
        var lists = Lists.Select(i => (Input: i, Option: new Option<string[]>("--" + i.Option)
        {
            Description = $"{i.Description}; may be repeated; otherwise the configuration's '{i.Key}'.",
            HelpName = "path",
            DefaultValueFactory = _ => [],
        })).ToArray();
        var command = new Command(Name, Description) { config, outFolder, maxSteps, seed, overrides, json };
        foreach (var (_, option) in inputs)
            command.Options.Add(option);
        foreach (var (_, option) in lists)
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var file = parsed.GetRequiredValue(config);
            var settings = ConfigFile.Read<TConfig>(Kind, file, parsed.GetRequiredValue(overrides));
            if (parsed.GetValue(seed) is { } number)
                settings = WithRun(settings, RunOf(settings) with { Seed = number });
            foreach (var (input, option) in inputs)
            {
                if (parsed.GetValue(option) is { } path)
                    settings = input.With(settings, path);
            }
            foreach (var (input, option) in lists)
            {
                if (parsed.GetRequiredValue(option) is { Length: > 0 } paths)
                    settings = input.With(settings, paths);
            }
            if (parsed.GetValue(outFolder) is { } folder)
                settings = Out.With(settings, folder);
            foreach (var input in Inputs.Where(i => i.IsRequired).Append(Out))
            {
                if (string.IsNullOrEmpty(input.Of(settings)))
                    throw new UsageException($"--{input.Key} is missing, and {file} has no '{input.Key}'");
            }
            Run(context, settings, parsed.GetValue(maxSteps), parsed.GetValue(json), cancel);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    void Run(CommandContext context, TConfig config, long? maxSteps, bool json, CancellationToken cancel)
    {
        var folder = Out.Of(config)!;
        var group = Join(context, RunOf(config).BatchSize);
        // What the first process makes, such as texts as symbols, the others find.
        if (group.Rank > 0)
            group.Barrier();
        using var data = Open(config, context.Log, group, cancel);
        if (group.Rank == 0)
            group.Barrier();
        Directory.CreateDirectory(folder);
        using var only = group.Rank == 0 ? RunLock.Take(folder) : null;
        var log = group.Rank == 0 ? context.LogInto(folder) : context.Log;
        Libtorch.Load();
        FreedMemory.Keep();
        SelfTest.Require();
        if (RunOf(config).Precision == Precision.Bf16 && group.Rank == 0 && Platform.Bf16Instructions().Count == 0)
            log.Warning("this processor does not compute in bfloat16 but emulates it, in up to ten times the time of float32: -o run.precision=fp32");
        var identity = new RunIdentity(Kind, HashOf(config), data.Hash, data.Table);
        using var run = new TrainingRun(folder, identity, RunOf(config), maxSteps, log, cancel, group, Schedule?.Invoke(config));
        // A run that will be refused keeps its own.
        if (group.Rank == 0 && (!Checkpoint.Exists(folder) || identity.DifferenceTo(Checkpoint.StateOf(folder)) is null))
            File.WriteAllText(Path.Combine(folder, "config.yml"), ConfigWriter.ToYaml(new ConfigFile(Kind, config)));
        try
        {
            Train(new TrainingSession<TConfig, TInput>(config, folder, data, run, log));
        }
        finally
        {
            if (run.Finished)   // together with all; who fails alone must not wait here for the others
                group.Dispose();
        }
        if (group.Rank > 0)
            return;
        var summary = new { Stage = Kind, Folder = folder, Steps = run.Step, run.FirstScore, run.LastScore };
        if (json)
            context.WriteJson(summary);
        else
            log.Information("{Stage:l}: {Steps} steps, validation {First:G4} to {Last:G4}, in {Folder}", Kind, run.Step, run.FirstScore, run.LastScore, folder);
    }

    /// <exception cref="ConfigurationException">The processes cannot share a batch evenly, or this stage at all.</exception>
    /// <exception cref="ProcessGroupException">There is no MPI library that fits the launcher.</exception>
    IProcessGroup Join(CommandContext context, int batchSize)
    {
        var world = LaunchedProcess.Current.World;
        if (world > 1 && !IsShared)
            throw new ConfigurationException($"this stage trains in one process so far, and {world} were started: start it without mpirun");
        if (batchSize % world != 0)
        {
            var (less, more) = (batchSize / world * world, (batchSize / world + 1) * world);
            throw new ConfigurationException($"run.batch_size: {batchSize} utterances cannot be shared evenly by {world} processes: set it to {(less > 0 ? $"{less} or {more}" : more)}");
        }
        return context.JoinGroup();
    }

    /// <summary>Paths and how a run ends do not make it another run; everything else does.</summary>
    string HashOf(TConfig config)
    {
        var bare = Lists.Aggregate(Inputs.Append(Out).Aggregate(config, (c, input) => input.With(c, null)), (c, list) => list.With(c, null));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ConfigWriter.ToYaml(new ConfigFile(Kind, bare)))));
    }
}

/// <summary>A path of a stage's configuration that an option can give instead.</summary>
/// <param name="Key">Of the configuration, and the option's name.</param>
/// <param name="Description">For the help.</param>
/// <param name="Of">What the configuration says.</param>
/// <param name="With">The configuration with another path.</param>
/// <param name="IsRequired">Whether nothing can be trained without it.</param>
sealed record TrainingInput<TConfig>(
    string Key, string Description, Func<TConfig, string?> Of, Func<TConfig, string?, TConfig> With, bool IsRequired = true);

/// <summary>A list of paths of a stage's configuration that an option, given for each of them, can give instead.</summary>
/// <param name="Key">Of the configuration.</param>
/// <param name="Option">The option's name.</param>
/// <param name="Description">For the help.</param>
/// <param name="With">The configuration with other paths.</param>
sealed record TrainingInputs<TConfig>(string Key, string Option, string Description, Func<TConfig, IReadOnlyList<string>?, TConfig> With);

/// <summary>A stage about to train.</summary>
sealed record TrainingSession<TConfig, TInput>(TConfig Config, string Folder, TInput Data, TrainingRun Run, ILogger Log);
