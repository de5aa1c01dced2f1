namespace Kanade.Training;

/// <summary>A folder that a stage reads, named in its configuration or by the option of the same name.</summary>
/// <param name="Key">Of the configuration.</param>
/// <param name="Description">For the help, without a full stop.</param>
/// <param name="Get">What the configuration says.</param>
/// <param name="With">The configuration with another folder.</param>
/// <param name="IsRequired">Whether the stage cannot train without it.</param>
public sealed record StagePath<TConfig>(
    string Key, string Description, Func<TConfig, string?> Get, Func<TConfig, string?, TConfig> With, bool IsRequired = true);

/// <summary>Files and folders that a stage reads, listed in its configuration or named by an option that may be repeated.</summary>
/// <param name="Key">Of the configuration.</param>
/// <param name="Option">The option's name.</param>
/// <param name="Description">For the help, without a full stop.</param>
/// <param name="With">The configuration with another list.</param>
public sealed record StagePathList<TConfig>(
    string Key, string Option, string Description, Func<TConfig, IReadOnlyList<string>?, TConfig> With);
