using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog;

namespace Kanade.Cli;

/// <summary>A training verb: its options, the run folder and its lock, the configuration's hash, the summary.</summary>
/// <typeparam name="TConfig">The stage's configuration.</typeparam>
/// <typeparam name="TInput">What it is trained on.</typeparam>
/// <param name="Name">The verb.</param>
/// <param name="Description">For the help.</param>
/// <param name="Open">Opens what it is trained on: the configuration, the log, the processes that share it, interruption.</param>
/// <param name="Train">Trains.</param>
/// <param name="IsShared">Whether several processes can share a run.</param>
sealed record TrainingVerb<TConfig, TInput>(
    string Name, string Description, Func<TConfig, ILogger, IProcessGroup, CancellationToken, TInput> Open,
    Action<TrainingSession<TConfig, TInput>> Train, bool IsShared = true)
    where TConfig : class, IStageConfig<TConfig>
    where TInput : IStageInput
{
    public Command Create(CommandContext context)
    {
        var config = VerbOptions.Config();
        var overrides = VerbOptions.Overrides();
        var outFolder = VerbOptions.Out("The run folder; otherwise the configuration's 'out'.", required: false);
        var maxSteps = VerbOptions.MaxSteps();
        var seed = VerbOptions.Seed();
        var json = VerbOptions.Json();
        var paths = TConfig.Paths.Select(p => (Path: p, Option: new Option<string?>("--" + p.Key)
        {
            Description = $"{p.Description}; otherwise the configuration's '{p.Key}'.",
            HelpName = "folder",
        })).ToArray();
        var lists = TConfig.PathLists.Select(p => (List: p, Option: new Option<string[]>("--" + p.Option)
        {
            Description = $"{p.Description}; may be repeated; otherwise the configuration's '{p.Key}'.",
            HelpName = "path",
            DefaultValueFactory = _ => [],
        })).ToArray();
        var command = new Command(Name, Description) { config, outFolder, maxSteps, seed, overrides, json };
        foreach (var (_, option) in paths)
            command.Options.Add(option);
        foreach (var (_, option) in lists)
            command.Options.Add(option);
        command.SetAction((parsed, cancel) =>
        {
            var file = parsed.GetRequiredValue(config);
            var settings = ConfigFile.Read<TConfig>(TConfig.Stage, file, parsed.GetRequiredValue(overrides));
            if (parsed.GetValue(seed) is { } number)
                settings = settings.WithRun(settings.Run with { Seed = number });
            foreach (var (path, option) in paths)
            {
                if (parsed.GetValue(option) is { } given)
                    settings = path.With(settings, given);
            }
            foreach (var (list, option) in lists)
            {
                if (parsed.GetRequiredValue(option) is { Length: > 0 } given)
                    settings = list.With(settings, given);
            }
            if (parsed.GetValue(outFolder) is { } folder)
                settings = settings.WithOut(folder);
            var needed = TConfig.Paths.Where(p => p.IsRequired).Select(p => (p.Key, Path: p.Get(settings))).Append(("out", settings.Out));
            foreach (var (key, path) in needed)
            {
                if (string.IsNullOrEmpty(path))
                    throw new UsageException($"--{key} is missing, and {file} has no '{key}'");
            }
            Run(context, settings, parsed.GetValue(maxSteps), parsed.GetValue(json), cancel);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    void Run(CommandContext context, TConfig config, long? maxSteps, bool json, CancellationToken cancel)
    {
        var folder = config.Out!;
        var group = Join(context, config.Run.BatchSize);
        // Rank 0 makes what the others then read, such as the cache of texts as symbols.
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
        if (config.Run.Precision == Precision.Bf16 && group.Rank == 0 && Platform.Bf16Instructions().Count == 0)
            log.Warning("this processor does not compute in bfloat16 but emulates it, in up to ten times the time of float32: -o run.precision=fp32");
        var identity = new RunIdentity(TConfig.Stage, HashOf(config), data.Hash, data.Table, CheckpointState.Describe(config));
        using var run = new TrainingRun(folder, identity, config.Run, maxSteps, log, cancel, group);
        // A run that will be refused keeps its own configuration.
        if (group.Rank == 0 && (!Checkpoint.Exists(folder) || identity.DifferenceTo(Checkpoint.StateOf(folder)) is null))
            File.WriteAllText(Path.Combine(folder, "config.yml"), ConfigWriter.ToYaml(new ConfigFile(TConfig.Stage, config)));
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
        var summary = new { TConfig.Stage, Folder = folder, Steps = run.Step, run.FirstScore, run.LastScore };
        if (json)
            context.WriteJson(summary);
        else
            log.Information("{Stage:l}: {Steps} steps, validation {First:G4} to {Last:G4}, in {Folder}", TConfig.Stage, run.Step,
                run.FirstScore, run.LastScore, folder);
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

    /// <summary>Paths do not make it another run; everything else does.</summary>
    static string HashOf(TConfig config)
    {
        var bare = TConfig.Paths.Aggregate(config.WithOut(null), (c, path) => path.With(c, null));
        bare = TConfig.PathLists.Aggregate(bare, (c, list) => list.With(c, null));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ConfigWriter.ToYaml(new ConfigFile(TConfig.Stage, bare)))));
    }
}

/// <summary>A stage about to train.</summary>
sealed record TrainingSession<TConfig, TInput>(TConfig Config, string Folder, TInput Data, TrainingRun Run, ILogger Log);
