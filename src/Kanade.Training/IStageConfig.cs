namespace Kanade.Training;

/// <summary>What the configuration of every stage says of itself: the stage's name, its run, and the paths that it reads.</summary>
/// <typeparam name="TSelf">The configuration, a record.</typeparam>
public interface IStageConfig<TSelf>
    where TSelf : class, IStageConfig<TSelf>
{
    /// <summary>The stage's name in checkpoints, which is also the <c>kind</c> of its configuration file.</summary>
    static abstract string Stage { get; }

    /// <summary>Folders that the stage reads, in the order of the help.</summary>
    static abstract IReadOnlyList<StagePath<TSelf>> Paths { get; }

    /// <summary>Lists of files and folders that the stage reads.</summary>
    static virtual IReadOnlyList<StagePathList<TSelf>> PathLists => [];

    /// <summary>How long, how fast.</summary>
    RunConfig Run { get; }

    /// <summary>Folder of the dataset.</summary>
    string? Dataset { get; }

    /// <summary>Run folder.</summary>
    string? Out { get; }

    /// <summary>The same configuration with another run.</summary>
    TSelf WithRun(RunConfig run);

    /// <summary>The same configuration with another run folder.</summary>
    TSelf WithOut(string? folder);
}
