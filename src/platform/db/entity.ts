import 'reflect-metadata';

/**
 * TypeORM's decorators of entities, the storage of what they declare, and the error of a migration.
 *
 * They are imported one by one. `typeorm` itself loads the drivers of all databases: 6 MB and a tenth of the start. Only
 * migrations need them.
 */
export { Column } from 'typeorm/decorator/columns/Column';
export { PrimaryColumn } from 'typeorm/decorator/columns/PrimaryColumn';
export { PrimaryGeneratedColumn } from 'typeorm/decorator/columns/PrimaryGeneratedColumn';
export { Entity } from 'typeorm/decorator/entity/Entity';
export { ForeignKey } from 'typeorm/decorator/ForeignKey';
export { Unique } from 'typeorm/decorator/Unique';
export { QueryFailedError } from 'typeorm/error/QueryFailedError';
export { getMetadataArgsStorage } from 'typeorm/globals';
